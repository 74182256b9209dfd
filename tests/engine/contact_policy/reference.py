"""A slow, plain reading of the law for one contact at one instant: the judge of the vectorised policy.

Shares no code with it beyond the packs themselves: instants are turned into wall-clock times and every
rule is asked in turn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import holidays

from engine.contact_policy import Place, SpecialDay
from engine.contact_policy.pack import Pack
from tests.engine.contact_policy.asking import Past

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIMELESS = {"stop", "opt_out", "relation", "forbidden_channel", "consent", "contact_point"}


@dataclass(frozen=True)
class Wanted:
    """One wanted contact in words."""

    channel: str
    purpose: str
    relation: str
    consent: str
    reachable: bool
    stops: frozenset[str]
    subject: int
    debt: int


@dataclass(frozen=True)
class Law:
    """Everything that binds at one place."""

    place: Place
    packs: Mapping[str, Pack]
    portfolio: str
    special_days: tuple[SpecialDay, ...] = ()

    def rules(self):
        country = self.place.country
        mine = {country} if country in self.packs else {"default"}
        if country not in self.packs and country not in holidays.list_supported_countries():
            mine = {"default", self.portfolio}
        for key, pack in self.packs.items():
            for rule in pack.rules:
                if rule.kind != "duty" and (key in mine or rule.everywhere):
                    yield rule

    def faults(self, wanted: Wanted, past: Iterable[Past], at: int) -> set[str]:
        """The ids of the rules that forbid the contact at an instant; empty: it is lawful."""
        moments = [datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(z)) for z in self.place.zones]
        faults = set()
        for rule in self.rules():
            if wanted.channel not in rule.channels or wanted.purpose not in rule.purposes:
                continue
            region = self.place.subdivision
            if rule.subdivisions and region is not None and region not in rule.subdivisions:
                continue
            if any(self._forbids(rule, wanted, list(past), moment) for moment in moments):
                faults.add(rule.id)
            if rule.kind == "window" and len({moment.date() for moment in moments}) > 1:
                faults.add(rule.id)
        return faults

    def _forbids(self, rule, wanted: Wanted, past: list[Past], moment: datetime) -> bool:
        today = moment.date()
        if (rule.valid_from and today < rule.valid_from) or (rule.valid_to and today > rule.valid_to):
            return False
        if rule.kind in TIMELESS:
            return _blocks(rule, wanted)
        if rule.kind == "window":
            return not self._open(rule, moment)
        if rule.kind == "special_days":
            return any(day.kind in rule.events for day in self._special(today))
        return _counted_out(rule, wanted, past, today)

    def _open(self, rule, moment: datetime) -> bool:
        today = moment.date()
        if rule.holidays == "forbidden" and (
            self._is_holiday(today) or any(day.kind == "holiday" for day in self._special(today))
        ):
            return False
        hours = getattr(rule.hours, WEEKDAYS[today.weekday()])
        return hours is not None and hours[0] <= f"{moment:%H:%M}" < hours[1]

    def _is_holiday(self, today: date) -> bool:
        known = holidays.list_supported_countries()
        country = self.place.country if self.place.country in known else self.portfolio
        region = self.place.subdivision if self.place.subdivision in known[country] else None
        return today in holidays.country_holidays(country, subdiv=region)

    def _special(self, today: date) -> list[SpecialDay]:
        here = (None, self.place.subdivision)
        known = holidays.list_supported_countries()
        country = self.place.country if self.place.country in known else self.portfolio
        return [
            day
            for day in self.special_days
            if day.country == country
            and day.day == today
            and (self.place.subdivision is None or day.subdivision in here)
        ]


def _blocks(rule, wanted: Wanted) -> bool:
    if rule.kind == "stop":
        return bool(wanted.stops & set(rule.stops)) and wanted.relation not in rule.except_relations
    if rule.kind == "opt_out":
        return wanted.consent == "denied"
    if rule.kind == "relation":
        return wanted.relation not in rule.relations
    if rule.kind == "consent":
        return wanted.consent == "denied" or (wanted.consent == "unknown" and not rule.unknown_suffices)
    if rule.kind == "contact_point":
        return not wanted.reachable
    return True


def _counted_out(rule, wanted: Wanted, past: list[Past], today: date) -> bool:
    counted = [
        (date.fromisoformat(contact.on), contact.channel)
        for contact in past
        if contact.channel in rule.channels
        and contact.subject == wanted.subject
        and (rule.scope == "person_creditor" or contact.debt in (-1, wanted.debt))
        and (rule.counts == "attempt" or contact.two_way)
    ]
    if rule.kind == "gap":
        return any(abs((day - today).days) < rule.days_apart for day, _ in counted)
    if rule.kind == "channel_lock":
        week = today.isocalendar()[:2]
        return any(day.isocalendar()[:2] == week and channel != wanted.channel for day, channel in counted)
    if rule.per_channel:
        counted = [(day, channel) for day, channel in counted if channel == wanted.channel]
    return bool(sum(_same_period(rule, day, today) for day, _ in counted) >= rule.max)


def _same_period(rule, day: date, today: date) -> bool:
    if rule.period == "calendar_day":
        return day == today
    if rule.period == "iso_week":
        return day.isocalendar()[:2] == today.isocalendar()[:2]
    return bool(abs((day - today).days) < rule.days)
