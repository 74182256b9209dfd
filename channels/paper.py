"""A sheet of paper as PDF: letterhead, paragraphs and tables, the same bytes for the same content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from channels.sms_text import SPELLED

FORMATS: dict[str, Literal["letter", "a4"]] = {
    "AR": "a4",
    "PE": "a4",
    "UY": "a4",
    "PY": "a4",
    "BR": "a4",
    "BO": "a4",
}
"""Countries that print on A4; the others use letter."""
MARGIN_MM = 20.0
FONT = "Helvetica"
SIZE_PT = 10.5


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the creditor's name, where it is, and the small print of every page."""

    name: str
    address: str = ""
    telephone: str = ""
    legal_text: str = ""


class Paper(FPDF):
    """One document under a letterhead. Texts may hold any characters; what the font lacks is spelled."""

    def __init__(self, head: Letterhead, country: str, day: date, title: str) -> None:
        super().__init__(format=FORMATS.get(country, "letter"))
        self._head = head
        self.set_title(title)
        self.set_creation_date(datetime(day.year, day.month, day.day, tzinfo=UTC))
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, 28.0)
        self.alias_nb_pages()
        self.add_page()

    def normalize_text(self, text: str) -> str:
        """What the font can show; letters without a Latin form become a question mark."""
        return super().normalize_text(printable(text))

    def header(self) -> None:
        """The letterhead, on every page."""
        self.set_font(FONT, "B", 13)
        self.cell(0, 7, self._head.name, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font(FONT, "", 8.5)
        where = " · ".join(part for part in (self._head.address, self._head.telephone) if part)
        self.cell(0, 4.5, where, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(160)
        self.line(self.l_margin, self.get_y() + 1.5, self.w - self.r_margin, self.get_y() + 1.5)
        self.ln(6)
        self.set_font(FONT, "", SIZE_PT)

    def footer(self) -> None:
        """The legal text and the page number."""
        self.set_y(-24)
        self.set_font(FONT, "", 7.5)
        self.multi_cell(0, 3.4, self._head.legal_text, align="J")
        self.set_y(-9)
        self.cell(0, 4, f"{self.page_no()}/{{nb}}", align="R")

    def paragraphs(self, text: str) -> None:
        """A text with its line breaks, blank lines between paragraphs."""
        self.set_font(FONT, "", SIZE_PT)
        self.multi_cell(0, 5.4, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def heading(self, text: str) -> None:
        """A line in bold."""
        self.set_font(FONT, "B", SIZE_PT + 1)
        self.multi_cell(0, 6, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)
        self.set_font(FONT, "", SIZE_PT)

    def grid(self, titles: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
        """A table; its last column holds amounts."""
        aligned = ("LEFT",) * (len(titles) - 1) + ("RIGHT",)
        with self.table(
            col_widths=tuple(widths), text_align=aligned, line_height=5.6, borders_layout="HORIZONTAL_LINES"
        ) as table:
            for row in (titles, *rows):
                table.row([str(cell) for cell in row])
        self.ln(3)

    def bytes(self) -> bytes:
        """The file."""
        return bytes(self.output())


def printable(text: str) -> str:
    """A text in the characters of the font.

    >>> printable("Señora Muñoz – “pagó” ₡100")
    'Señora Muñoz - "pagó" CRC 100'
    """
    spelled = "".join(SPELLED.get(sign, sign) if ord(sign) > 255 else sign for sign in text)
    return spelled.encode("latin-1", "replace").decode("latin-1")
