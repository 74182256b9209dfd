"""Cells of exported tables that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

STARTS = frozenset("=+-@＝＋－＠|%\t\r\n")
"""Characters that begin a formula in some spreadsheet, their full-width forms included."""
LAST_CONTROL = 0x9F


def safe_cell(value: object) -> str:
    """A value as the text of one cell: numbers as they are, what could be a formula after an apostrophe.

    Control characters are taken out first, so that none of them hides what the cell begins with.

    >>> safe_cell("=1+1"), safe_cell("\\t@SUM(A1)"), safe_cell(-5), safe_cell("Ana")
    ("'=1+1", "'@SUM(A1)", '-5', 'Ana')
    """
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = "".join(sign if _is_visible(sign) else " " if sign in "\t\r\n" else "" for sign in str(value))
    text = text.strip()
    return f"'{text}" if text[:1] in STARTS and text else text


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV (RFC 4180) of safe cells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def _is_visible(sign: str) -> bool:
    return not (
        ord(sign) < 0x20 or 0x7F <= ord(sign) <= LAST_CONTROL or sign in "\ufeff\u200b\u200e\u200f\u2060"
    )
