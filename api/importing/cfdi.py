"""Reads a Mexican CFDI 4.0 with the payment complement 2.0: its payments and the invoices each one pays.

The XML comes from outside: a document type, and with it every entity, is refused before anything is read,
and so is a file deeper or larger than any fiscal document is.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from xml.parsers import expat

from engine.errors import BookError

CFDI = "http://www.sat.gob.mx/cfd/4"
PAYMENTS = "http://www.sat.gob.mx/Pagos20"
EARLIER_PAYMENTS = "http://www.sat.gob.mx/Pagos"
STAMP = "http://www.sat.gob.mx/TimbreFiscalDigital"
MOST_BYTES = 5_000_000
MOST_DEPTH = 20
_UUID = re.compile(r"^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$")


@dataclass(frozen=True)
class PaidInvoice:
    """One related document: its UUID, series and number, and what of it was paid, in its own currency.

    ``line`` is where it stands in the file.
    """

    uuid: str
    series: str
    folio: str
    currency: str
    amount: Decimal
    line: int

    def numbers(self) -> tuple[str, ...]:
        """How the creditor's book may call the invoice, the surest name first.

        >>> PaidInvoice("U", "A", "1042", "MXN", Decimal(1), 1).numbers()
        ('U', 'A1042', 'A-1042', 'A 1042', '1042')
        """
        whole = [f"{self.series}{sign}{self.folio}" for sign in ("", "-", " ")] if self.series else []
        return (self.uuid, *(each for each in (*whole, self.folio) if each))


@dataclass(frozen=True)
class CfdiPayment:
    """One payment of the complement; ``paid_at`` is local time without a zone."""

    number: int
    paid_at: datetime
    currency: str
    amount: Decimal
    invoices: tuple[PaidInvoice, ...]
    line: int


@dataclass(frozen=True)
class Cfdi:
    """A stamped payment receipt: who issued it, for whom, and its payments."""

    uuid: str
    issuer: str
    receiver: str
    payments: tuple[CfdiPayment, ...]


@dataclass
class _Element:
    """One element: namespace and name joined by ``|``, its attributes, and its line."""

    name: str
    said: dict[str, str]
    line: int

    def need(self, attribute: str) -> str:
        """An attribute that must be there."""
        value = self.said.get(attribute, "").strip()
        if not value:
            raise _wrong(f"falta {attribute}", f"{self.name.split('|')[-1]}/@{attribute}", self.line)
        return value


def read_cfdi(content: bytes) -> Cfdi:
    """The receipt in a file; ``BookError`` says line and attribute of what is wrong, and what to do."""
    elements = _elements(content)
    root = elements[0]
    if root.name != f"{CFDI}|Comprobante":
        raise _wrong("no es un CFDI 4.0", "Comprobante", root.line, "suba el XML, no el PDF ni el acuse")
    if root.said.get("TipoDeComprobante") != "P":
        raise _wrong(
            f"es de tipo {root.said.get('TipoDeComprobante', '?')}, no de pago (P)",
            "Comprobante/@TipoDeComprobante", root.line, "las facturas se cargan como facturas",
        )  # fmt: skip
    _expect_complement(elements, root)
    stamp = _one(elements, f"{STAMP}|TimbreFiscalDigital", "el timbre fiscal", root.line)
    return Cfdi(
        _uuid(stamp, "UUID"),
        _one(elements, f"{CFDI}|Emisor", "el emisor", root.line).need("Rfc").upper(),
        _one(elements, f"{CFDI}|Receptor", "el receptor", root.line).need("Rfc").upper(),
        _payments(elements),
    )


def _payments(elements: list[_Element]) -> tuple[CfdiPayment, ...]:
    """Payments in their order; the related documents behind a payment are its own."""
    found: list[CfdiPayment] = []
    for place, element in enumerate(elements):
        if element.name != f"{PAYMENTS}|Pago":
            continue
        documents = []
        for following in elements[place + 1 :]:
            if following.name == f"{PAYMENTS}|Pago":
                break
            if following.name == f"{PAYMENTS}|DoctoRelacionado":
                documents.append(_document(following))
        if not documents:
            raise _wrong("el pago no nombra documentos", "Pago/DoctoRelacionado", element.line)
        found.append(_payment(len(found) + 1, element, tuple(documents)))
    if not found:
        raise _wrong("el complemento no trae pagos", "Pagos/Pago", elements[0].line)
    return tuple(found)


def _payment(number: int, element: _Element, documents: tuple[PaidInvoice, ...]) -> CfdiPayment:
    amount, currency = _money(element, "Monto"), element.need("MonedaP").upper()
    same = [one.amount for one in documents if one.currency == currency]
    if len(same) == len(documents) and sum(same) > amount:
        raise _wrong(
            f"los documentos suman {sum(same)} y el pago es de {amount}", "Pago/@Monto", element.line,
            "pida el XML otra vez: no cuadra",
        )  # fmt: skip
    return CfdiPayment(number, _paid_at(element), currency, amount, documents, element.line)


def _paid_at(element: _Element) -> datetime:
    """The local instant of a payment, of a year in which there are such receipts."""
    said: datetime | None
    try:
        said = datetime.fromisoformat(element.need("FechaPago")).replace(tzinfo=None)
    except ValueError:
        said = None
    if said is None or not 2000 < said.year < 2200:
        raise _wrong("la fecha no se entiende", "Pago/@FechaPago", element.line, "AAAA-MM-DDThh:mm:ss")
    return said


def _document(element: _Element) -> PaidInvoice:
    paid = _money(element, "ImpPagado")
    if {"ImpSaldoAnt", "ImpSaldoInsoluto"} <= element.said.keys():
        before, after = (_money(element, name, least=0) for name in ("ImpSaldoAnt", "ImpSaldoInsoluto"))
        if before - paid != after:
            raise _wrong(
                f"{before} menos {paid} no son {after}", "DoctoRelacionado/@ImpSaldoInsoluto", element.line,
                "pida el XML otra vez: no cuadra",
            )  # fmt: skip
    return PaidInvoice(
        _uuid(element, "IdDocumento"),
        element.said.get("Serie", "").strip(),
        element.said.get("Folio", "").strip(),
        element.need("MonedaDR").upper(),
        paid,
        element.line,
    )


def _expect_complement(elements: list[_Element], root: _Element) -> None:
    if any(element.name == f"{EARLIER_PAYMENTS}|Pagos" for element in elements):
        raise _wrong("es el complemento de pagos 1.0", "Pagos/@Version", root.line, "se lee la versión 2.0")
    complement = _one(elements, f"{PAYMENTS}|Pagos", "el complemento de pagos", root.line)
    if complement.need("Version") != "2.0":
        raise _wrong(f"es la versión {complement.said['Version']}", "Pagos/@Version", complement.line, "2.0")


def _one(elements: list[_Element], name: str, what: str, line: int) -> _Element:
    found = [element for element in elements if element.name == name]
    if len(found) != 1:
        hint = "suba el XML timbrado" if name.startswith(STAMP) else ""
        raise _wrong(
            f"no trae {what}" if not found else f"trae {what} {len(found)} veces",
            name.split("|")[-1],
            line,
            hint,
        )
    return found[0]


def _uuid(element: _Element, attribute: str) -> str:
    value = element.need(attribute).upper()
    if not _UUID.match(value):
        raise _wrong(f"«{value[:40]}» no es un UUID", attribute, element.line)
    return value


def _money(element: _Element, attribute: str, least: int = 1) -> Decimal:
    """An amount; more than nothing unless ``least`` is 0."""
    said = element.need(attribute)
    try:
        amount = Decimal(said)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0 or (least and not amount) or amount >= 10**15:
        raise _wrong(f"«{said[:40]}» no es un monto", attribute, element.line)
    return amount


def _elements(content: bytes) -> list[_Element]:
    """Every element in the order it opens; refuses what no fiscal document holds."""
    if len(content) > MOST_BYTES:
        raise _wrong("el archivo pasa de 5 MB", "archivo", 1)
    parser = expat.ParserCreate(namespace_separator="|")
    found: list[_Element] = []
    open_now = 0

    def opened(name: str, said: dict[str, str]) -> None:
        nonlocal open_now
        open_now += 1
        if open_now > MOST_DEPTH:
            raise _wrong("hay elementos anidados de más", name.split("|")[-1], parser.CurrentLineNumber)
        found.append(_Element(name, said, parser.CurrentLineNumber))

    def closed(_: str) -> None:
        nonlocal open_now
        open_now -= 1

    def document_type(*_: object) -> None:
        raise _wrong(
            "trae una declaración DOCTYPE", "DOCTYPE", parser.CurrentLineNumber, "un CFDI no la lleva"
        )

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.StartDoctypeDeclHandler = document_type
    parser.EntityDeclHandler = document_type
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as trouble:
        line = getattr(trouble, "lineno", 1)
        raise _wrong("no es un XML completo", "archivo", line, "suba el XML tal como llegó") from None
    return found


def _wrong(message: str, place: str, line: int, hint: str = "") -> BookError:
    return BookError(message, place=f"línea {line}, {place}", hint=hint, code="cfdi.invalid")
