"""The words a collection message must or must not say, read once from ``template_words.json``.

Patterns know Spanish, English and the Portuguese of Brazil; those of a country cite the law they stand
for. They are our reading: counsel approves a country's words together with its pack of contact law.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class CountryRule:
    """Words a country does not allow, what is wrong with them, and the law that says so."""

    id: str
    words: re.Pattern[str]
    message_es: str
    message_en: str
    source: str


@cache
def words(topic: str) -> re.Pattern[str]:
    """The pattern of a topic: court_like, consequence, disrespect...; ``KeyError`` for another.

    >>> bool(words("court_like").search("evite un Embargo")), bool(words("consequence").search("hola"))
    (True, False)
    """
    return re.compile(_document()[topic], re.IGNORECASE | re.DOTALL)


@cache
def country_rules(country: str) -> tuple[CountryRule, ...]:
    """What a country (ISO 3166) forbids besides; none for one without a list.

    >>> [rule.id for rule in country_rules("CO")]
    ['co.reason_asked', 'co.third_party']
    """
    return tuple(
        CountryRule(
            rule["id"], re.compile(rule["pattern"], re.IGNORECASE), rule["es"], rule["en"], rule["source"]
        )
        for rule in _document()["countries"].get(country, ())
    )


@cache
def countries_with_rules() -> tuple[str, ...]:
    """Every country that has a list, in order."""
    return tuple(sorted(_document()["countries"]))


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((files("channels") / "template_words.json").read_text("utf-8"))
    return document
