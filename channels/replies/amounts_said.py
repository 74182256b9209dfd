"""Amounts of money as people write them: signs, points and commas of each country, and small number words."""

import re

_UNITS = {
    "mil": 1_000, "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400,
    "quinientos": 500, "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_TIMES = {
    "un": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9,
    "diez": 10, "quince": 15, "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50,
}  # fmt: skip

_FIGURE = re.compile(
    r"(?<![\w.,])\$?\s?(\d{1,3}(?:[.,\s]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)(\s?mil\b|k\b)?"
)
_IN_WORDS = re.compile(rf"\b((?:{'|'.join(_TIMES)})\s)?(mil)(\s(?:{'|'.join(_UNITS)}))?\b")
_HUNDREDS = re.compile(rf"\b({'|'.join(word for word in _UNITS if word != 'mil')})\b")
_NO_MONEY = re.compile(
    r"\d+\s?(?:%|por ciento|dias?|semanas?|meses|mes|cuotas?|pagos|partes|anos?)\b|\b\d{8,}\b"
)
"""Counts, shares, telephone numbers: figures, but no money."""


def find_amounts(text: str) -> list[int]:
    """The amounts of a text in its order, in hundredths of the currency; ``text`` has no accents.

    >>> find_amounts("te doy $1,500.50 o 2.000 o 3 mil"), find_amounts("mil quinientos en 3 cuotas")
    ([150050, 200000, 300000], [150000])
    """
    text = _NO_MONEY.sub(lambda match: " " * len(match.group()), text)
    found = [
        (match.start(), _hundredths(match.group(1), bool(match.group(2)))) for match in _FIGURE.finditer(text)
    ]
    text = _FIGURE.sub(lambda match: " " * len(match.group()), text)
    for match in _IN_WORDS.finditer(text):
        times = _TIMES[match.group(1).strip()] if match.group(1) else 1
        beside = _UNITS[match.group(3).strip()] if match.group(3) else 0
        found.append((match.start(), (times * 1_000 + beside) * 100))
    text = _IN_WORDS.sub(lambda match: " " * len(match.group()), text)
    found += [(match.start(), _UNITS[match.group()] * 100) for match in _HUNDREDS.finditer(text)]
    return [amount for _, amount in sorted(found) if amount > 0]


def _hundredths(figure: str, thousands: bool) -> int:
    """A figure in hundredths: the last point or comma is decimal when one or two digits follow it."""
    figure = re.sub(r"\s", "", figure)
    whole, mark, cents = re.match(r"^(.*?)(?:([.,])(\d{1,2}))?$", figure).groups()  # type: ignore[union-attr]
    digits = int(re.sub(r"\D", "", whole) or 0)
    value = digits * 100 + (int(cents.ljust(2, "0")) if mark else 0)
    return value * 1_000 if thousands else value
