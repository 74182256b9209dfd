"""The bitácora of an account on paper: what happened, line by line, and by what its proofs are checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from channels.formats import long_date
from channels.paper import Letterhead, Paper

_NOTE = (
    "Los asientos con número de línea están en el libro encadenado: el archivo JSON que acompaña a este"
    " documento lleva sus pruebas y se revisa con «cadencia verify --evidence ARCHIVO». Los demás salen de"
    " las tablas del sistema y no llevan prueba propia."
)


@dataclass(frozen=True, slots=True)
class EvidenceSheet:
    """What the paper says: rows are (instant, sentence, ledger line or empty); ``head`` the chain's hash."""

    head: Letterhead
    account: str
    portfolio: str
    country: str
    timezone: str
    made_at: datetime
    rows: Sequence[tuple[datetime, str, str]]
    seal: str = ""


def evidence_pdf(sheet: EvidenceSheet) -> bytes:
    """The document; instants are shown in the portfolio's time zone."""
    zone = ZoneInfo(sheet.timezone)
    made = sheet.made_at.astimezone(zone)
    title = f"Bitácora de la cuenta {sheet.account}"
    paper = Paper(sheet.head, sheet.country, made.date(), title)
    paper.heading(title)
    paper.paragraphs(
        f"Cartera {sheet.portfolio}. Hecha el {long_date(made.date().isoformat())}, {made:%H:%M}."
    )
    paper.set_font_size(8.5)
    rows = [(f"{at.astimezone(zone):%d/%m/%Y %H:%M}", said, line) for at, said, line in sheet.rows]
    paper.grid(("Fecha y hora", "Qué pasó", "Línea"), rows, (22, 68, 10))
    paper.paragraphs(_NOTE)
    if sheet.seal:
        paper.heading("Cabeza de la cadena")
        paper.paragraphs(sheet.seal)
    return paper.bytes()
