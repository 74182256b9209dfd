"""What is asked and what is answered: requests, contact history and verdicts as columns."""

from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contact_policy.rules import SpecialDayKind
from engine.contact_policy.tallies import Tallies, in_order_of_date
from engine.errors import PolicyError


@dataclass(frozen=True)
class Place:
    """Where a debtor may be: country, subdivision (ISO 3166-2 suffix) and every candidate IANA zone.

    An empty country, or one unknown, is an unknown place: house default and the portfolio's country
    bind together. No zones: all zones of the country.
    """

    country: str
    subdivision: str | None
    zones: tuple[str, ...]


@dataclass(frozen=True)
class SpecialDay:
    """A day of mourning, disaster or election, or a decreed holiday, by country, region and date."""

    country: str
    subdivision: str | None
    day: date
    kind: SpecialDayKind
    name: str = ""


@dataclass(frozen=True)
class Rule:
    """The rule a verdict rests on, as it is stored and shown."""

    id: str
    kind: str
    law: str
    article: str
    pack: str
    version: str
    pack_sha256: str
    text_es: str
    text_en: str


@dataclass(frozen=True)
class ContactRequests:
    """``n`` wanted contacts, one a row; each is judged alone, as if the others were not made.

    ``place`` indexes the policy's places; ``channel``, ``purpose``, ``relation``, ``consent`` and
    ``stops`` hold codes of :mod:`engine.vocabulary`; ``subject`` codes (person, creditor) and
    ``debt`` codes (person, debt), both from 0 and as in the history.
    """

    place: NDArray[np.int16]
    channel: NDArray[np.int8]
    purpose: NDArray[np.int8]
    relation: NDArray[np.int8]
    consent: NDArray[np.int8]
    reachable: NDArray[np.bool_]
    stops: NDArray[np.int64]
    subject: NDArray[np.int64]
    debt: NDArray[np.int64]

    def __post_init__(self) -> None:
        _same_length(self)
        for name in ("subject", "debt"):
            codes = getattr(self, name)
            if len(codes) and codes.min() < 0:
                raise PolicyError(f"{name} codes start at 0", code="policy.columns", place=name)

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True)
class ContactHistory:
    """Contacts that count, in any order: ours from their ``sending`` commit, and those made outside.

    ``local_day`` is the debtor's local date in days since 1970-01-01; ``debt`` is -1 when unknown
    and then counts for every debt of the subject. The caller leaves out what gave its place back
    (failed as "not accepted"), answers and confirmations; ``outside`` never lessens a contact.
    """

    subject: NDArray[np.int64]
    debt: NDArray[np.int64]
    local_day: NDArray[np.int32]
    channel: NDArray[np.int8]
    two_way: NDArray[np.bool_]
    outside: NDArray[np.bool_]

    def __post_init__(self) -> None:
        _same_length(self)
        if len(self.subject) and (self.subject.min() < 0 or self.debt.min() < -1):
            raise PolicyError("a contact belongs to a subject", code="policy.columns", place="history")
        if len(self.channel) and (self.channel.min() < 0 or self.channel.max() > 7):
            raise PolicyError("unknown channel code", code="policy.columns", place="history.channel")

    def __len__(self) -> int:
        return len(self.subject)

    @cached_property
    def tallies(self) -> Tallies:
        """The counts of this history, kept for the next question: its columns must not change."""
        return in_order_of_date(self.local_day, self.subject, self.debt, self.channel, self.two_way)

    @classmethod
    def empty(cls) -> "ContactHistory":
        """No contact yet.

        >>> len(ContactHistory.empty())
        0
        """
        return cls(
            subject=np.empty(0, np.int64),
            debt=np.empty(0, np.int64),
            local_day=np.empty(0, np.int32),
            channel=np.empty(0, np.int8),
            two_way=np.empty(0, np.bool_),
            outside=np.empty(0, np.bool_),
        )


@dataclass(frozen=True)
class Verdicts:
    """``n`` answers, in the order of the requests.

    ``outcome`` is an ``Outcome`` code; ``rule`` the index in ``rules`` of the rule that decides, -1
    for none. ``until_day`` (days since 1970-01-01) is, for a deferral, the next local date on which
    the contact can be made as known now, -1 when none was found within the horizon. ``opens_at`` and
    ``closes_at`` (UTC epoch seconds, end exclusive) bound the lawful window of an allowed contact,
    else -1.
    """

    outcome: NDArray[np.int8]
    rule: NDArray[np.int16]
    until_day: NDArray[np.int32]
    opens_at: NDArray[np.int64]
    closes_at: NDArray[np.int64]
    rules: tuple[Rule, ...]

    def rule_of(self, row: int) -> Rule | None:
        """The rule that decided one row, if any."""
        index = int(self.rule[row])
        return self.rules[index] if index >= 0 else None


def _same_length(columns: Any) -> None:
    lengths = {field.name: len(getattr(columns, field.name)) for field in fields(columns)}
    if len(set(lengths.values())) > 1:
        raise PolicyError(f"columns differ in length: {lengths}", code="policy.columns")
