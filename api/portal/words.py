"""The words of the portal: Spanish, familiar or formal as the portfolio wishes, and English."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from channels.formats import MONTHS

LANGUAGES = {"es": "Español", "en": "English"}
SETTING = "treatment"
"""How a portfolio speaks to people: ``tu`` or ``usted``."""

ENGLISH_MONTHS = (
    "January February March April May June July August September October November December".split()
)


class Words:
    """Says the phrases of ``words.json`` in one language; ``{names}`` in them are filled in.

    >>> (
    ...     Words("es")("home.title"),
    ...     Words("es", formal=True)("home.hello", name="Ana"),
    ...     Words("en")("door.enter"),
    ... )
    ('Tu cuenta', 'Hola, Ana', 'Continue')
    """

    def __init__(self, language: str, *, formal: bool = False) -> None:
        self.language = language if language in LANGUAGES else "es"
        self._forms = ("usted", "es") if formal and self.language == "es" else (self.language,)

    def __call__(self, key: str, /, **values: object) -> str:
        phrase = phrases()[key]
        said = next(phrase[form] for form in self._forms if form in phrase)
        return said.format(**values) if values else said

    def knows(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in phrases()

    def day(self, day: date) -> str:
        """A date in words.

        >>> Words("es").day(date(2026, 11, 5)), Words("en").day(date(2026, 11, 5))
        ('5 de noviembre de 2026', 'November 5, 2026')
        """
        if self.language == "en":
            return f"{ENGLISH_MONTHS[day.month - 1]} {day.day}, {day.year}"
        return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


@cache
def phrases() -> Mapping[str, Mapping[str, str]]:
    """Every phrase by its key: ``es``, ``en``, and ``usted`` where the formal one differs."""
    told: Mapping[str, Mapping[str, str]] = json.loads(
        (files("api.portal") / "words.json").read_text(encoding="utf-8")
    )
    return told
