"""What a fact is: its name, its type, how it stands in a column, and how one of the day is derived."""

from dataclasses import dataclass
from enum import StrEnum

from engine import vocabulary as words


class FactType(StrEnum):
    """The types of facts and how each stands in a column (see :data:`engine.book.DTYPES`)."""

    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    ENUM = "enum"
    SET = "set"
    BOOLEAN = "boolean"


class Derivation(StrEnum):
    """How a fact of the day comes from a stored column."""

    DAYS_SINCE = "days_since"
    DAYS_UNTIL = "days_until"
    DAYS_PAST_DUE = "days_past_due"
    BUCKET = "bucket"


@dataclass(frozen=True)
class Fact:
    """One thing a rule may ask about an account.

    ``unit`` is ``"minor units"`` for money, ``"days"`` for counts of days, else empty.
    ``values`` lists the words of an enum or set whose vocabulary is closed; an open vocabulary
    (product, labels) is empty here and comes with the book.
    ``source`` is the stored column a derived fact reads.
    """

    name: str
    type: FactType
    label_es: str
    label_en: str
    meaning: str
    group: str
    unit: str = ""
    personal: bool = False
    values: tuple[str, ...] = ()
    derivation: Derivation | None = None
    source: str = ""
    custom: bool = False


def vocabulary(kind: type[words.Word]) -> tuple[str, ...]:
    """Words of an enumeration at the index of their code; code 0 without a member is the empty word."""
    by_code = {int(member): member.word for member in kind}
    return tuple(by_code.get(code, "") for code in range(max(by_code) + 1))


CHANNELS = vocabulary(words.Channel)
"""Words of :class:`engine.vocabulary.Channel` by code; bit ``code`` of a channel set is that channel."""


def money(name: str, label_es: str, label_en: str, meaning: str) -> Fact:
    """An amount of the debt, in minor units."""
    return Fact(name, FactType.MONEY, label_es, label_en, meaning, "debt", unit="minor units")


def days(
    name: str,
    label_es: str,
    label_en: str,
    meaning: str,
    source: str,
    *,
    group: str = "history",
    how: Derivation = Derivation.DAYS_SINCE,
) -> Fact:
    """A count of days, derived from the stored date ``source``."""
    return Fact(
        name, FactType.NUMBER, label_es, label_en, meaning, group, unit="days", derivation=how, source=source
    )
