"""Asking the policy in words: one wanted contact, its past and the answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from engine.contact_policy import (
    ContactHistory,
    ContactPolicy,
    ContactRequests,
    Place,
    SpecialDay,
    Verdicts,
    load_packs,
)
from engine.contact_policy.pack import Pack
from engine.contact_policy.rules import Reading
from engine.days import day_number, day_of
from engine.vocabulary import Channel, Consent, Outcome, Purpose, Relation, Stop

ZONES = {
    "MX": "America/Mexico_City",
    "CO": "America/Bogota",
    "PE": "America/Lima",
    "CL": "America/Santiago",
    "EC": "America/Guayaquil",
    "AR": "America/Argentina/Buenos_Aires",
    "BR": "America/Sao_Paulo",
    "PY": "America/Asuncion",
    "GT": "America/Guatemala",
    "US": "America/New_York",
    "UY": "America/Montevideo",
}
DRAFTS = ("BR", "PY", "GT", "US")


@dataclass(frozen=True)
class Past:
    """A contact already made."""

    on: str
    channel: str = "whatsapp"
    two_way: bool = False
    outside: bool = False
    subject: int = 0
    debt: int = 0


@dataclass(frozen=True)
class Answer:
    """A verdict in words."""

    outcome: str
    rule: str | None
    until: str | None
    opens: datetime | None
    closes: datetime | None

    def local_hours(self, zone: str) -> tuple[str, str]:
        assert self.opens is not None and self.closes is not None
        opens, closes = (at.astimezone(ZoneInfo(zone)) for at in (self.opens, self.closes))
        return f"{opens:%H:%M}", f"{closes:%H:%M}"


def policy_for(
    country: str,
    *,
    reading: Reading = "strict",
    subdivision: str | None = None,
    zones: Sequence[str] | None = None,
    portfolio: str | None = None,
    special_days: Sequence[SpecialDay] = (),
    packs: Mapping[str, Pack] | None = None,
) -> ContactPolicy:
    """A policy with one place, its law loaded if it has a pack."""
    where = (ZONES[country],) if zones is None and country in ZONES else tuple(zones or ())
    home = portfolio or country
    if packs is None:
        packs = load_packs({home, country} & (set(ZONES) - {"UY"}), reading=reading)
    return ContactPolicy(
        packs,
        [Place(country, subdivision, where)],
        portfolio_country=home,
        special_days=special_days,
        confirmed_drafts=DRAFTS,
    )


def requests(
    *,
    channel: str = "whatsapp",
    purpose: str = "collection",
    relation: str | int = "titular",
    consent: str = "granted",
    reachable: bool = True,
    stops: Iterable[str] = (),
    subject: int = 0,
    debt: int = 0,
    place: int = 0,
) -> ContactRequests:
    """One wanted contact as columns."""
    bits = sum(Stop[word.upper()] for word in stops)
    role = relation if isinstance(relation, int) else Relation.of(relation)
    return ContactRequests(
        place=np.array([place], np.int16),
        channel=np.array([Channel.of(channel)], np.int8),
        purpose=np.array([Purpose.of(purpose)], np.int8),
        relation=np.array([role], np.int8),
        consent=np.array([Consent.of(consent)], np.int8),
        reachable=np.array([reachable]),
        stops=np.array([bits], np.int64),
        subject=np.array([subject], np.int64),
        debt=np.array([debt], np.int64),
    )


def history(past: Iterable[Past]) -> ContactHistory:
    """Contacts already made as columns."""
    rows = list(past)
    return ContactHistory(
        subject=np.array([row.subject for row in rows], np.int64),
        debt=np.array([row.debt for row in rows], np.int64),
        local_day=np.array([day_number(date.fromisoformat(row.on)) for row in rows], np.int32),
        channel=np.array([Channel.of(row.channel) for row in rows], np.int8),
        two_way=np.array([row.two_way for row in rows], np.bool_),
        outside=np.array([row.outside for row in rows], np.bool_),
    )


def ask(
    policy: ContactPolicy,
    *,
    on: str = "2026-11-18",
    past: Iterable[Past] = (),
    earliest: int | None = None,
    **wanted: Any,
) -> Answer:
    """May this contact be made on a local date? 2026-11-18 is a plain Wednesday."""
    asked = requests(**wanted)
    return answer(policy.decide(asked, history(past), date.fromisoformat(on), earliest=earliest))


def ask_at(policy: ContactPolicy, at: int, *, past: Iterable[Past] = (), **wanted: Any) -> Answer:
    """May this contact be made at this instant?"""
    return answer(policy.guard(requests(**wanted), history(past), at))


def answer(verdicts: Verdicts, row: int = 0) -> Answer:
    rule, until = verdicts.rule_of(row), int(verdicts.until_day[row])
    window = (int(verdicts.opens_at[row]), int(verdicts.closes_at[row]))
    opens, closes = (datetime.fromtimestamp(at, UTC) if at >= 0 else None for at in window)
    return Answer(
        outcome=Outcome(int(verdicts.outcome[row])).word,
        rule=rule.id if rule else None,
        until=day_of(until).isoformat() if until >= 0 else None,
        opens=opens,
        closes=closes,
    )


def instant(zone: str, local: str) -> int:
    """UTC epoch second of a local wall-clock time."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp())
