"""Amounts as people write them in a form: 1.250,50 or 1,250.50, with or without a sign of money."""

import re
from decimal import Decimal

from channels.formats import DECIMALS, POINT_FOR_DECIMALS

_NUMBER = re.compile(r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,4})?|\d+(?:[.,]\d{1,4})?")
_LONGEST = 40


def read_amount(text: str, currency: str, country: str) -> int:
    """Minor units of ``currency``; ``ValueError`` when the text is no one amount it can be written in.

    >>> (
    ...     read_amount("$1,250.50", "MXN", "MX"),
    ...     read_amount("30.000", "COP", "CO"),
    ...     read_amount("900", "CLP", "CL"),
    ... )
    (125050, 3000000, 900)
    >>> read_amount("1250,5", "MXN", "MX"), read_amount("1.250", "MXN", "MX")
    (125050, 125000)
    """
    found = _NUMBER.fullmatch(re.sub(r"[^\d.,']", "", text[:_LONGEST]))
    if found is None or len(text) > _LONGEST or "-" in text:
        raise ValueError(text)
    decimals = DECIMALS.get(currency, 2)
    whole, cents = _parted(found[0], "." if country in POINT_FOR_DECIMALS else ",", decimals)
    if len(cents) > decimals:
        raise ValueError(text)
    return int(Decimal(f"{whole}.{cents or 0}").scaleb(decimals))


def _parted(number: str, point: str, decimals: int) -> tuple[str, str]:
    """Whole units and decimals. Three digits behind the last sign are a group, fewer are decimals."""
    head, sign, tail = _last_sign(number)
    is_group = len(tail) == 3 and (decimals < 3 or sign != point)
    whole = re.sub(r"\D", "", head)
    return (whole + tail, "") if is_group or not sign else (whole, tail)


def _last_sign(number: str) -> tuple[str, str, str]:
    found = re.search(r"^(.*)([.,'])(\d+)$", number)
    return (found[1], found[2], found[3]) if found else ("", "", number)
