"""What a file may tell about a book: the kinds of file, their fields, and the headers people give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.importing.words import (
    ALL_CHANNELS,
    CHANNEL_WORDS,
    CUSTOMER_WORDS,
    PAYDAY_WORDS,
    STATUS_WORDS,
    STOP_WORDS,
    coded_words,
)
from engine.vocabulary import Relation


class FieldType(StrEnum):
    """How the cells of a field are read."""

    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    INSTANT = "instant"
    NUMBER = "number"
    FLAG = "flag"
    CODE = "code"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True)
class Field:
    """One field of a kind of file.

    ``headers`` are the names columns have in the wild, separated by ``|``, without accents and in
    lower case. ``codes`` translates words to codes. ``empty`` is the value of an empty cell.
    A field that is ``required`` refuses a row without it; ``signed`` money may be negative.
    """

    name: str
    type: FieldType
    headers: str
    required: bool = False
    codes: Mapping[str, int] | None = None
    empty: int | bool | None = None
    signed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every header this field is known by, its own name first."""
        return (self.name.replace("_", " "), *self.headers.split("|"))


_T, _M, _D, _N, _F, _C = (
    FieldType.TEXT,
    FieldType.MONEY,
    FieldType.DATE,
    FieldType.NUMBER,
    FieldType.FLAG,
    FieldType.CODE,
)


_ACCOUNT = Field(
    "account",
    _T,
    "cuenta|numero de cuenta|no cuenta|num cuenta|credito|numero de credito|contrato|prestamo|account number"
    "|loan|loan number|id cuenta|no credito|obligacion",
    required=True,
)
_PERSON = (
    Field("id_type", _T, "tipo de documento|tipo documento|tipo id|document type|tipo identificacion"),
    Field(
        "id_number",
        _T,
        "rfc|curp|cedula|rut|dni|ruc|nit|cuit|documento|numero de documento|identificacion|no documento"
        "|id cliente|cliente|numero de cliente|customer id|id number|customer|document number",
        required=True,
    ),
)
_WHO = (
    Field(
        "name",
        _T,
        "nombre|nombre completo|cliente nombre|nombre cliente|razon social|customer name|full name|titular",
    ),
    Field(
        "customer_type",
        _C,
        "tipo de cliente|tipo cliente|tipo persona|tipo de persona",
        codes=CUSTOMER_WORDS,
        empty=0,
    ),
    Field(
        "phone",
        FieldType.PHONE,
        "telefono|celular|movil|tel|telefono celular|whatsapp|mobile|cellphone|telefono 1",
    ),
    Field(
        "phone_2",
        FieldType.PHONE,
        "telefono 2|otro telefono|telefono alterno|telefono casa|phone 2|home phone",
    ),
    Field("email", FieldType.EMAIL, "correo|correo electronico|e mail|mail|email address"),
    Field("phone_verified", _F, "telefono verificado|celular verificado|verified phone", empty=False),
    Field("email_verified", _F, "correo verificado|email verificado|verified email", empty=False),
    Field("country", _T, "pais|cod pais|codigo pais|country code"),
    Field("region", _T, "estado|departamento|provincia|entidad|entidad federativa|state|subdivision"),
    Field("language", _T, "idioma|lengua"),
    Field("risk_score", _N, "puntaje|score|puntaje de riesgo|riesgo|calificacion"),
    Field("payer_profile", _C, "perfil de pago|perfil", codes=coded_words("payer_profile"), empty=0),
    Field("customer_since_on", _D, "cliente desde|fecha alta|antiguedad desde|customer since|fecha de alta"),
    Field("payday_calendar", _C, "calendario de pago|dia de pago|nomina|payday", codes=PAYDAY_WORDS, empty=0),
    Field("preferred_channel", _C, "canal preferido", codes=CHANNEL_WORDS, empty=0),
    Field(
        "preferred_payment_method", _T, "medio de pago|medio de pago preferido|forma de pago|payment method"
    ),
    Field("consent_whatsapp", _F, "autoriza whatsapp|consentimiento whatsapp|acepta whatsapp"),
    Field("consent_sms", _F, "autoriza sms|consentimiento sms|acepta sms"),
    Field("consent_email", _F, "autoriza correo|consentimiento correo|acepta correo|autoriza email"),
    Field("consent_voice", _F, "autoriza llamadas|consentimiento llamadas|acepta llamadas"),
)
_CODEBTOR = (
    Field("codebtor_id_type", _T, "tipo documento codeudor|tipo documento aval"),
    Field(
        "codebtor_id_number", _T, "documento codeudor|documento aval|rfc aval|rfc codeudor|cedula codeudor"
    ),
    Field("codebtor_name", _T, "codeudor|nombre codeudor|aval|nombre aval|guarantor|nombre del aval"),
    Field("codebtor_phone", FieldType.PHONE, "telefono codeudor|telefono aval|celular aval"),
    Field("codebtor_email", FieldType.EMAIL, "correo codeudor|correo aval"),
    Field(
        "codebtor_relation",
        _C,
        "relacion codeudor|relacion",
        codes={relation.word: int(relation) for relation in Relation},
        empty=int(Relation.CODEUDOR),
    ),
)
_DEBT = (
    Field("product", _T, "producto|tipo de producto|tipo producto|linea|product type"),
    Field("creditor", _T, "acreedor|banco|empresa|cedente"),
    Field("currency", _T, "moneda|divisa|ccy"),
    Field(
        "amount_to_cure",
        _M,
        "monto vencido|saldo vencido|importe vencido|monto en mora|mora|deuda vencida|past due"
        "|amount past due|vencido|monto para ponerse al dia|monto a regularizar",
        required=True,
    ),
    Field(
        "outstanding_balance",
        _M,
        "saldo|saldo total|saldo actual|deuda total|deuda|balance|total balance|capital insoluto",
    ),
    Field("minimum_payment", _M, "pago minimo|minimo|minimum due"),
    Field("payoff_amount", _M, "monto para liquidar|liquidacion|saldo para liquidar|payoff"),
    Field("principal_past_due", _M, "capital vencido"),
    Field("interest_past_due", _M, "interes vencido|intereses|interes|intereses vencidos"),
    Field("late_interest", _M, "interes moratorio|moratorios|intereses moratorios"),
    Field("fees_past_due", _M, "comisiones|comisiones vencidas|gastos de cobranza|fees"),
    Field("tax_past_due", _M, "iva|impuestos|impuestos vencidos"),
    Field("credit_limit", _M, "linea de credito|limite de credito|limite|cupo"),
    Field("paid_30d", _M, "pagado 30 dias|pagos 30 dias", empty=0),
    Field(
        "due_on", _D, "fecha de vencimiento|vencimiento|fecha vencimiento|fecha limite de pago|due date|vence"
    ),
    Field("days_past_due", _N, "dias de mora|dias mora|dias de atraso|dias vencidos|dpd|atraso|dias atraso"),
    Field("original_due_on", _D, "vencimiento original|fecha vencimiento original|original due date"),
    Field(
        "account_status",
        _C,
        "estado de la cuenta|estatus|status|situacion|estado cuenta",
        codes=STATUS_WORDS,
    ),
    Field("payment_terms_days", _N, "plazo|plazo de pago|condicion de pago|dias de credito|terms"),
    Field("charged_off_on", _D, "fecha de castigo|fecha castigo|charge off date"),
    Field("restructured_on", _D, "fecha de reestructura|fecha reestructura"),
    Field("prescribes_on", _D, "fecha de prescripcion|prescribe"),
    Field("roll", _N, "movimiento de tramo"),
    Field("times_delinquent_12m", _N, "veces en mora|veces en mora 12m", empty=0),
    Field("worst_dpd_12m", _N, "peor mora|peor mora 12m|mora maxima", empty=0),
    Field("last_payment_on", _D, "fecha ultimo pago|ultimo pago|last payment date|fecha de ultimo pago"),
)
_SOURCE = (
    Field("source", _T, "origen|fuente|sistema"),
    Field(
        "reference",
        _T,
        "referencia|folio|id pago|id movimiento|numero de operacion|id gestion|autorizacion",
        required=True,
    ),
)

KINDS: Mapping[str, tuple[Field, ...]] = {
    "accounts": (_ACCOUNT, *_PERSON, *_WHO, *_DEBT, *_CODEBTOR),
    "persons": (*_PERSON, *_WHO),
    "payments": (
        _ACCOUNT,
        *_SOURCE,
        Field(
            "amount", _M, "monto|importe|pago|monto pagado|importe pagado|valor|monto del pago", required=True
        ),
        Field(
            "paid_at",
            FieldType.INSTANT,
            "fecha de pago|fecha pago|fecha|payment date|fecha y hora",
            required=True,
        ),
        Field("currency", _T, "moneda|divisa|ccy"),
    ),
    "reversals": (
        *_SOURCE,
        Field(
            "reversed_at",
            FieldType.INSTANT,
            "fecha de reverso|fecha de reversa|fecha reverso|fecha de devolucion|fecha de rechazo|fecha",
        ),
        Field("amount_to_cure", _M, "monto vencido|saldo vencido|monto para ponerse al dia"),
        Field("minimum_payment", _M, "pago minimo"),
        Field("payoff_amount", _M, "monto para liquidar"),
        Field("outstanding_balance", _M, "saldo total|saldo"),
    ),
    "invoices": (
        _ACCOUNT,
        Field(
            "number",
            _T,
            "factura|numero de factura|no factura|folio|folio fiscal|uuid|invoice|invoice number",
            required=True,
        ),
        Field("issued_on", _D, "fecha de emision|emision|fecha factura|fecha|invoice date"),
        Field("due_on", _D, "fecha de vencimiento|vencimiento|vence|due date", required=True),
        Field("amount", _M, "monto|importe|total|valor|monto factura", required=True),
        Field("balance", _M, "saldo|saldo pendiente|pendiente|open balance"),
        Field("fiscal_id", _T, "cfdi|uuid cfdi|uuid sat|folio fiscal cfdi|id fiscal|fiscal id"),
    ),
    "promises": (
        _ACCOUNT,
        Field("amount", _M, "monto|importe|monto prometido|promesa|valor", required=True),
        Field("due_on", _D, "fecha promesa|fecha compromiso|fecha de pago|fecha|vence", required=True),
        Field("via", _T, "canal|medio|origen"),
        Field("made_at", FieldType.INSTANT, "fecha de gestion|fecha gestion|capturada|made"),
    ),
    "outside_contacts": (
        Field("account", _T, _ACCOUNT.headers),
        _PERSON[0],
        Field("id_number", _T, _PERSON[1].headers),
        *_SOURCE,
        Field("channel", _C, "canal|medio|tipo de gestion", required=True, codes=CHANNEL_WORDS),
        Field(
            "at",
            FieldType.INSTANT,
            "fecha|fecha y hora|fecha gestion|fecha de gestion|momento|datetime",
            required=True,
        ),
        Field(
            "two_way", _F, "contacto directo|contacto efectivo|bidireccional|contesto|contacto", empty=False
        ),
        Field("by", _T, "gestor|agente|agencia|quien|usuario|operador"),
        Field("result", _T, "resultado|codigo de resultado|tipificacion|observacion"),
    ),
    "protections": (
        *_PERSON,
        Field("stop", _C, "motivo|tipo de proteccion|proteccion|causa|tipo", required=True, codes=STOP_WORDS),
        Field("since_on", _D, "desde|fecha|fecha inicio"),
        Field("until_on", _D, "hasta|revision|fecha de revision|fecha fin|vigencia"),
        Field("by", _T, "registrado por|quien|usuario|agente"),
        Field("reason", _T, "observacion|detalle|comentario|nota"),
    ),
    "consents": (
        *_PERSON,
        Field("channel", _C, "canal|medio", required=True, codes=CHANNEL_WORDS | ALL_CHANNELS),
        Field("granted", _F, "autoriza|acepta|consentimiento|autorizacion|consent|valor", required=True),
        Field("source", _T, "origen|fuente"),
        Field("at", FieldType.INSTANT, "fecha|fecha y hora|momento"),
    ),
}
"""The kinds of file and their fields."""

KIND_NAMES = {
    "accounts": "cuentas",
    "persons": "personas",
    "payments": "pagos",
    "reversals": "reversos",
    "invoices": "facturas",
    "promises": "promesas",
    "outside_contacts": "gestiones externas",
    "protections": "protecciones",
    "consents": "consentimientos",
}
