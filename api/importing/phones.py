"""Telephone numbers to E.164 with their candidate time zones; each different text is read once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import timezone as zones

Known = Callable[[list[str]], set[str]]
"""Says which of these E.164 numbers the book already has."""

_PREFIX = 9
"""Signs of an E.164 number that decide its area: plus, country code and at least five digits."""


@dataclass(frozen=True)
class Phone:
    """A possible number, or why it is refused."""

    value: str = ""
    reason: str = ""

    @property
    def zones(self) -> tuple[str, ...]:
        """The time zones its area lies in; none when they are not known."""
        return _zones_of(self.value[:_PREFIX]) if self.value else ()


def read_phones(texts: Iterable[tuple[str, str]], known: Known) -> dict[tuple[str, str], Phone]:
    """Phones by (text, country the number is of when it does not say so itself).

    Numbers the book has under their plain spelling are taken as they are; only new ones are parsed.
    """
    wanted = sorted(set(texts))
    plain = {pair: _plain(*pair) for pair in wanted}
    have = known(sorted(set(plain.values())))
    return {pair: Phone(plain[pair]) if plain[pair] in have else _parse(*pair) for pair in wanted}


def _plain(text: str, country: str) -> str:
    digits = "".join(sign for sign in text if sign.isdigit())
    return f"+{digits}" if text.startswith("+") else f"+{_calling_code(country)}{digits}"


def _parse(text: str, country: str) -> Phone:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return Phone(reason="no es un número de teléfono")
    if not phonenumbers.is_possible_number(number):
        return Phone(reason=f"el número de teléfono es imposible en {country}")
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=64)
def _calling_code(country: str) -> int:
    return phonenumbers.country_code_for_region(country)


@lru_cache(maxsize=100_000)
def _zones_of(prefix: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(prefix.ljust(_PREFIX + 3, "0"), None)
    except phonenumbers.NumberParseException:
        return ()
    found = zones.time_zones_for_geographical_number(number)
    return tuple(zone for zone in found if zone != "Etc/Unknown")
