"""What a rule may know about an account: the catalogue that canvas, validator, loader and docs all read.

A fact has a name, a type, a unit, labels in Spanish and English, a meaning, and says whether it is
personal (personal facts never enter snapshots). Facts that depend on the day (``days_past_due``) are
never stored: they name the date they are derived from, and :mod:`engine.book` derives them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum

from engine import vocabulary as words
from engine.errors import ConditionError


class FactType(StrEnum):
    """The types of facts and how each stands in a column (see :data:`engine.book.DTYPES`)."""

    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    ENUM = "enum"
    SET = "set"
    BOOLEAN = "boolean"


class Derivation(StrEnum):
    """How a fact of the day comes from a stored column."""

    DAYS_SINCE = "days_since"
    DAYS_UNTIL = "days_until"
    DAYS_PAST_DUE = "days_past_due"
    BUCKET = "bucket"


@dataclass(frozen=True)
class Fact:
    """One thing a rule may ask about an account.

    ``unit`` is ``"minor units"`` for money, ``"days"`` for counts of days, else empty.
    ``values`` lists the words of an enum or set whose vocabulary is closed; an open vocabulary
    (product, labels) is empty here and comes with the book.
    ``source`` is the stored column a derived fact reads.
    """

    name: str
    type: FactType
    label_es: str
    label_en: str
    meaning: str
    group: str
    unit: str = ""
    personal: bool = False
    values: tuple[str, ...] = ()
    derivation: Derivation | None = None
    source: str = ""
    custom: bool = False


def _vocabulary(kind: type[words.Word]) -> tuple[str, ...]:
    """Words of an enumeration at the index of their code; code 0 without a member is the empty word."""
    by_code = {int(member): member.word for member in kind}
    return tuple(by_code.get(code, "") for code in range(max(by_code) + 1))


CHANNELS = _vocabulary(words.Channel)
"""Words of :class:`engine.vocabulary.Channel` by code; bit ``code`` of a channel set is that channel."""

BUCKETS = ("current", "1-30", "31-60", "61-90", "91-120", "121-180", "180+")
"""Arrears bands by index; their lower bounds are :data:`BUCKET_STARTS`."""

BUCKET_STARTS = (0, 1, 31, 61, 91, 121, 181)

_N, _M, _D, _E, _S, _B = (
    FactType.NUMBER,
    FactType.MONEY,
    FactType.DATE,
    FactType.ENUM,
    FactType.SET,
    FactType.BOOLEAN,
)
_SINCE, _UNTIL = Derivation.DAYS_SINCE, Derivation.DAYS_UNTIL


def _money(name: str, label_es: str, label_en: str, meaning: str) -> Fact:
    return Fact(name, _M, label_es, label_en, meaning, "debt", unit="minor units")


def _days(
    name: str,
    label_es: str,
    label_en: str,
    meaning: str,
    source: str,
    *,
    group: str = "history",
    how: Derivation = _SINCE,
) -> Fact:
    return Fact(name, _N, label_es, label_en, meaning, group, unit="days", derivation=how, source=source)


_DEBT = (
    _days(
        "days_past_due",
        "Días de mora",
        "Days past due",
        "Days since the effective due date of the oldest unpaid instalment; 0 when nothing is owed.",
        "effective_due_on",
        group="debt",
        how=Derivation.DAYS_PAST_DUE,
    ),
    Fact(
        "bucket",
        _E,
        "Tramo de mora",
        "Bucket",
        "Arrears band of days_past_due.",
        "debt",
        values=BUCKETS,
        derivation=Derivation.BUCKET,
        source="effective_due_on",
    ),
    _money(
        "amount_to_cure",
        "Monto para ponerse al día",
        "Amount to cure",
        "What must be paid today for the account to be current.",
    ),
    _money("minimum_payment", "Pago mínimo", "Minimum payment", "Minimum payment of the open statement."),
    _money("payoff_amount", "Monto para liquidar", "Payoff amount", "What settles the whole debt today."),
    _money("principal_past_due", "Capital vencido", "Principal past due", "Principal part of the arrears."),
    _money("interest_past_due", "Interés vencido", "Interest past due", "Ordinary interest in arrears."),
    _money("late_interest", "Interés moratorio", "Late interest", "Penalty interest in arrears."),
    _money("fees_past_due", "Comisiones vencidas", "Fees past due", "Fees in arrears."),
    _money("tax_past_due", "Impuestos vencidos", "Tax past due", "Taxes in arrears."),
    _money("outstanding_balance", "Saldo total", "Outstanding balance", "All that is owed, due or not."),
    _money("credit_limit", "Línea de crédito", "Credit limit", "Credit line granted."),
    Fact("amount_as_of", _D, "Monto con fecha", "Amount as of", "Date of the amounts.", "debt"),
    Fact(
        "effective_due_on",
        _D,
        "Vencimiento efectivo",
        "Effective due date",
        "Due date of the oldest unpaid instalment, moved by the bank calendar of the country.",
        "debt",
    ),
    Fact(
        "original_due_on",
        _D,
        "Vencimiento original",
        "Original due date",
        "Due date before any extension.",
        "debt",
    ),
    _days(
        "days_to_due",
        "Días para el vencimiento",
        "Days to due",
        "Days until the effective due date; negative once it has passed.",
        "effective_due_on",
        group="debt",
        how=_UNTIL,
    ),
    Fact("invoice_count", _N, "Facturas abiertas", "Open invoices", "Open invoices of the account.", "debt"),
    Fact(
        "payment_terms_days",
        _N,
        "Plazo de pago",
        "Payment terms",
        "Agreed payment terms.",
        "debt",
        unit="days",
    ),
    Fact("product", _E, "Producto", "Product", "Product of the account.", "debt"),
    Fact("creditor", _E, "Acreedor", "Creditor", "Who the debt is owed to.", "debt"),
    Fact("currency", _E, "Moneda", "Currency", "ISO 4217 currency of every amount of the account.", "debt"),
    Fact(
        "account_status",
        _E,
        "Estado de la cuenta",
        "Account status",
        "Legal state of the debt.",
        "debt",
        values=_vocabulary(words.AccountStatus),
    ),
    Fact("charged_off_on", _D, "Fecha de castigo", "Charged off on", "Date of the charge-off.", "debt"),
    Fact("restructured_on", _D, "Fecha de reestructura", "Restructured on", "Date restructured.", "debt"),
    Fact("prescribes_on", _D, "Prescribe el", "Prescribes on", "Date the debt prescribes.", "debt"),
    Fact(
        "roll",
        _N,
        "Movimiento de tramo",
        "Roll",
        "Buckets moved since last month; positive is worse.",
        "debt",
    ),
    Fact(
        "times_delinquent_12m",
        _N,
        "Veces en mora (12 m)",
        "Times delinquent (12 m)",
        "Delinquency episodes in twelve months.",
        "debt",
    ),
    Fact(
        "worst_dpd_12m",
        _N,
        "Peor mora (12 m)",
        "Worst days past due (12 m)",
        "Highest days past due in twelve months.",
        "debt",
        unit="days",
    ),
)

_PERSON = (
    Fact("country", _E, "País", "Country", "ISO 3166 country of the debtor.", "person"),
    Fact("region", _E, "Región", "Region", "Subdivision of the debtor.", "person"),
    Fact("risk_score", _N, "Puntaje de riesgo", "Risk score", "0 (worst) to 1000 (best).", "person"),
    Fact(
        "customer_type",
        _E,
        "Tipo de cliente",
        "Customer type",
        "Person or company.",
        "person",
        values=("persona", "empresa"),
    ),
    Fact(
        "payer_profile",
        _E,
        "Perfil de pago",
        "Payer profile",
        "How the customer has paid before.",
        "person",
        values=("nuevo", "buen_pagador", "tardio_reincidente", "irregular"),
    ),
    _days("tenure_days", "Antigüedad", "Tenure", "Days as a customer.", "customer_since_on", group="person"),
    Fact("labels", _S, "Marcas", "Labels", "Labels put by people and strategies.", "person"),
    Fact(
        "payday_calendar",
        _E,
        "Calendario de pago",
        "Payday calendar",
        "When the customer is paid.",
        "person",
        values=("unknown", "quincena", "month_end", "weekly_friday", "monthly_5"),
    ),
    Fact(
        "preferred_channel",
        _E,
        "Canal preferido",
        "Preferred channel",
        "Channel the customer chose.",
        "person",
        values=CHANNELS,
    ),
    Fact(
        "preferred_payment_method",
        _E,
        "Medio de pago preferido",
        "Preferred payment method",
        "Payment method the customer uses most.",
        "person",
    ),
    Fact(
        "reachable_channels",
        _S,
        "Canales con contacto",
        "Reachable channels",
        "Channels with a usable contact point of the debtor.",
        "person",
        values=CHANNELS,
    ),
    Fact(
        "verified_channels",
        _S,
        "Canales verificados",
        "Verified channels",
        "Channels with a verified contact point of the debtor.",
        "person",
        values=CHANNELS,
    ),
    Fact(
        "consented_channels",
        _S,
        "Canales autorizados",
        "Consented channels",
        "Channels the debtor authorised.",
        "person",
        values=CHANNELS,
    ),
    Fact(
        "relation",
        _E,
        "Relación",
        "Relation",
        "What the person is to the debt.",
        "person",
        values=_vocabulary(words.Relation),
    ),
    Fact(
        "protected",
        _B,
        "Protección",
        "Protected",
        "Under a protection (reason for compliance only).",
        "person",
    ),
)

_HISTORY = (
    Fact(
        "promise_open", _B, "Promesa vigente", "Open promise", "There is an open promise to pay.", "history"
    ),
    _money("promise_amount", "Monto prometido", "Promised amount", "Amount of the open promise."),
    _days(
        "promise_due_in",
        "Promesa vence en",
        "Promise due in",
        "Days until the open promise is due.",
        "promise_due_on",
        how=_UNTIL,
    ),
    Fact(
        "promises_kept_90d",
        _N,
        "Promesas cumplidas (90 d)",
        "Promises kept (90 d)",
        "Promises kept in 90 days.",
        "history",
    ),
    Fact(
        "promises_broken_90d",
        _N,
        "Promesas rotas (90 d)",
        "Promises broken (90 d)",
        "Promises broken in 90 days.",
        "history",
    ),
    Fact("on_plan", _B, "Con convenio", "On a plan", "A payment plan is in force.", "history"),
    Fact(
        "plan_instalments_missed",
        _N,
        "Cuotas de convenio sin pagar",
        "Plan instalments missed",
        "Instalments of the plan in force that were missed.",
        "history",
    ),
    _days(
        "days_since_payment",
        "Días desde el último pago",
        "Days since payment",
        "Days since the last payment.",
        "last_payment_on",
    ),
    _money("paid_30d", "Pagado en 30 días", "Paid in 30 days", "Paid in the last 30 days."),
    _days(
        "days_since_reply",
        "Días desde la última respuesta",
        "Days since reply",
        "Days since the person last answered.",
        "last_reply_on",
    ),
    Fact("last_intent", _E, "Última intención", "Last intent", "What the last reply meant.", "history"),
    _days(
        "days_since_contact",
        "Días desde el último contacto",
        "Days since contact",
        "Days since the last contact, ours or external.",
        "last_contact_on",
    ),
    Fact(
        "contacts_7d",
        _N,
        "Contactos (7 d)",
        "Contacts (7 d)",
        "Contacts in 7 days, ours and external.",
        "history",
    ),
    Fact(
        "last_message_status",
        _E,
        "Estado del último mensaje",
        "Last message status",
        "State of the last message to the person.",
        "history",
        values=_vocabulary(words.MessageState),
    ),
    Fact("dispute_open", _B, "Disputa abierta", "Open dispute", "A dispute is open.", "history"),
    Fact("complaint_open", _B, "Queja abierta", "Open complaint", "A complaint is open.", "history"),
    Fact("on_hold", _B, "Retenida", "On hold", "A hold is in force.", "history"),
)


class Catalogue(Mapping[str, Fact]):
    """The facts a portfolio's rules may use: the built-in ones plus its own typed facts.

    >>> CATALOGUE["days_past_due"].label_es
    'Días de mora'
    >>> CATALOGUE.expect("dias_past_due")
    Traceback (most recent call last):
    engine.errors.ConditionError: fact.unknown: unknown fact 'dias_past_due' (did you mean 'days_past_due'?)
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts: dict[str, Fact] = {}
        for fact in facts:
            if fact.name in self._facts:
                raise ConditionError(f"fact {fact.name!r} is declared twice", code="fact.duplicate")
            self._facts[fact.name] = fact

    def __getitem__(self, name: str) -> Fact:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def expect(self, name: str, place: str = "") -> Fact:
        """The fact called ``name``; raises ``ConditionError`` with the nearest name as hint."""
        if name in self._facts:
            return self._facts[name]
        near = get_close_matches(name, self._facts, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else "see the catalogue of facts"
        raise ConditionError(f"unknown fact {name!r}", place=place, hint=hint, code="fact.unknown")

    def with_custom(self, facts: Iterable[Fact]) -> "Catalogue":
        """This catalogue plus a portfolio's own facts, marked as custom."""
        return Catalogue([*self._facts.values(), *(replace(fact, custom=True) for fact in facts)])


CATALOGUE = Catalogue((*_DEBT, *_PERSON, *_HISTORY))
"""The facts every portfolio has from day one."""
