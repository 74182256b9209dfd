"""Letters as PDF for a window envelope, and a batch of them with the manifest the print shop signs for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from channels.cells import csv_text
from channels.formats import long_date, money, short_date
from channels.paper import Letterhead, Paper
from channels.statements import DebtLine, totals

WINDOW_LEFT_MM = 22.0
WINDOW_TOP_MM = 50.0
WINDOW_WIDTH_MM = 85.0
WINDOW_HEIGHT_MM = 32.0
"""Where the address lies, so that it shows in a left window of a DL or number 10 envelope."""
FOLD_MM = 105.0
MOST_ADDRESS_LINES = 6


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: our message id, whom and where it goes, and what it says.

    ``body`` is the rendered template; ``lines`` are shown as a table after it. Nothing but name and
    address may be seen through the window.
    """

    message_id: str
    head: Letterhead
    person: str
    address: str
    country: str
    day: date
    subject: str
    body: str
    lines: Sequence[DebtLine] = ()
    place: str = ""


def letter_pdf(letter: Letter) -> bytes:
    """The letter; ``ValueError`` when the address does not fit its window."""
    address = [line.strip() for line in (letter.person, *letter.address.splitlines()) if line.strip()]
    if not 2 <= len(address) <= MOST_ADDRESS_LINES:
        raise ValueError(f"an address of {len(address)} lines does not fit the window")
    paper = Paper(letter.head, letter.country, letter.day, letter.subject)
    paper.set_xy(WINDOW_LEFT_MM, WINDOW_TOP_MM)
    paper.set_font_size(10)
    paper.multi_cell(WINDOW_WIDTH_MM, 4.8, "\n".join(address), align="L")
    if paper.get_y() > WINDOW_TOP_MM + WINDOW_HEIGHT_MM:
        raise ValueError("an address with lines this long does not fit the window")
    paper.line(4, FOLD_MM, 8, FOLD_MM)
    paper.set_xy(paper.l_margin, WINDOW_TOP_MM + WINDOW_HEIGHT_MM + 6)
    dated = ", ".join(part for part in (letter.place, long_date(letter.day.isoformat())) if part)
    paper.paragraphs(dated)
    paper.heading(letter.subject)
    paper.paragraphs(letter.body)
    if letter.lines:
        _debts(paper, letter)
    paper.set_font_size(7.5)
    paper.cell(0, 4, f"Ref. {letter.message_id}")
    return paper.bytes()


def manifest_csv(batch: str, letters: Sequence[tuple[int, Letter, str]]) -> str:
    """The manifest of a batch: line, file, reference and SHA-256 of each letter; no amounts and no debts.

    ``letters`` are (line, letter, SHA-256 in hex), in the order of the files.
    """
    rows: list[tuple[object, ...]] = [
        ("lote", "linea", "archivo", "referencia", "nombre", "domicilio", "sha256")
    ]
    for line, letter, digest in letters:
        where = " / ".join(letter.address.splitlines())
        rows.append((batch, line, file_name(line), letter.message_id, letter.person, where, digest))
    return csv_text(rows)


def file_name(line: int) -> str:
    """The file of a line of a batch.

    >>> file_name(7)
    'carta-00007.pdf'
    """
    return f"carta-{line:05}.pdf"


def _debts(paper: Paper, letter: Letter) -> None:
    rows = [
        (
            line.label,
            short_date(line.due_on.isoformat()) if line.due_on else "",
            money(line.amount, line.currency, letter.country),
        )
        for line in letter.lines
    ]
    paper.grid(("Cuenta", "Vence", "Monto"), rows, (40, 30, 30))
    if len(letter.lines) > 1:
        for currency, total in totals(letter.lines).items():
            paper.heading(f"Total: {money(total, currency, letter.country)}")
