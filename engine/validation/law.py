"""Findings about the law: the worst path against caps, gaps and locks; hours, channels, consent."""

from collections.abc import Callable, Iterator, Sequence
from datetime import time

import numpy as np
from numpy.typing import NDArray

from engine.contact_policy.rules import (
    CapRule,
    ChannelLockRule,
    ConsentRule,
    ForbiddenChannelRule,
    GapRule,
    LawRule,
    RelationRule,
)
from engine.findings import Finding
from engine.validation.bound_law import WEEK, Country, countries
from engine.validation.contacts import FAR, Contact, contacts_of, days_between, span_of
from engine.validation.context import Context
from engine.validation.findings import error, warning
from engine.validation.graph import Graph

Days = NDArray[np.int64]
Free = Callable[[int, int], int]
"""(weekday of the first contact, days until the next wish) -> days after the first when it is free."""


def check_law(graph: Graph, context: Context) -> Iterator[Finding]:
    """Everything the packs of the countries say about the messages of a strategy."""
    contacts = contacts_of(graph)
    days = days_between(graph, contacts)
    for country in countries(graph.strategy, context):
        for contact in contacts:
            yield from _single(contact, country, context)
        for rule in country.rules:
            yield from _counted(rule, country, contacts, days)


def _single(contact: Contact, country: Country, context: Context) -> Iterator[Finding]:
    channel, purpose, place = contact.channel, contact.purpose, contact.node_id
    for rule in country.of(ForbiddenChannelRule, channel, purpose):
        yield error("law.channel", place, _cite(country, rule.article, rule.text_es),
                    _cite(country, rule.article, rule.text_en), rule.id)  # fmt: skip
    for relation in country.of(RelationRule, channel, purpose):
        if contact.relation not in relation.relations:
            yield error("law.relation", place, _cite(country, relation.article, relation.text_es),
                        _cite(country, relation.article, relation.text_en), relation.id)  # fmt: skip
    yield from _hour(contact, country)
    yield from _consent(contact, country, context)


def _hour(contact: Contact, country: Country) -> Iterator[Finding]:
    """A fixed hour outside the window of every weekday is never kept."""
    week = [hours for hours in country.hours(contact.channel, contact.purpose) if hours]
    if contact.send_at in ("window_start", "best_hour") or not week:
        return
    wanted = time.fromisoformat(contact.send_at)
    minute = wanted.hour * 60 + wanted.minute
    if not any(opens <= minute < closes for opens, closes in week):
        opens, closes = week[0]
        yield error(
            "law.hour",
            contact.node_id,
            f"{country.key}: ningún día permite enviar a las {contact.send_at}.",
            f"{country.key}: no day allows sending at {contact.send_at}.",
            f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}",
        )


def _consent(contact: Contact, country: Country, context: Context) -> Iterator[Finding]:
    if context.consent_sources is None or contact.channel in context.consent_sources:
        return
    for rule in country.of(ConsentRule, contact.channel, contact.purpose):
        if not rule.unknown_suffices:
            yield warning(
                "law.consent",
                contact.node_id,
                f"{country.key}: la ley pide autorización y la de {contact.channel} no se registra.",
                f"{country.key}: the law asks for consent, and none is recorded for {contact.channel}.",
                rule.id,
            )


def _counted(rule: LawRule, country: Country, contacts: Sequence[Contact], days: Days) -> Iterator[Finding]:
    """Caps, gaps and locks against the fewest days between the contacts a rule binds."""
    bound = [n for n, c in enumerate(contacts) if c.channel in rule.channels and c.purpose in rule.purposes]
    if not bound:
        return
    among, inner = [contacts[n] for n in bound], days[np.ix_(bound, bound)]
    if isinstance(rule, GapRule):
        yield from _too_soon(rule, country, among, inner, lambda _, __: rule.days_apart)
    elif isinstance(rule, ChannelLockRule):
        channel = np.array([contact.channel for contact in among])
        other = np.where(channel[:, None] != channel[None, :], inner, FAR)
        yield from _too_soon(rule, country, among, other, _end_of_week)
    elif isinstance(rule, CapRule) and rule.per_channel:
        for channel_word in dict.fromkeys(contact.channel for contact in among):
            mine = [n for n, contact in enumerate(among) if contact.channel == channel_word]
            same = [among[n] for n in mine]
            yield from _over_cap(rule, country, same, inner[np.ix_(mine, mine)])
    elif isinstance(rule, CapRule):
        yield from _over_cap(rule, country, among, inner)


def _over_cap(rule: CapRule, country: Country, among: Sequence[Contact], days: Days) -> Iterator[Finding]:
    free: dict[str, Free] = {
        "calendar_day": lambda _, __: 1,
        "iso_week": _end_of_week,
        "rolling_days": lambda _, __: rule.days or 1,
    }
    if rule.max == 0:
        days = np.zeros_like(days)
    yield from _too_soon(rule, country, among, span_of(days, max(rule.max, 1)), free[rule.period])


def _end_of_week(weekday: int, _: int) -> int:
    return WEEK - weekday


def _too_soon(
    rule: CapRule | GapRule | ChannelLockRule,
    country: Country,
    among: Sequence[Contact],
    days: Days,
    free: Free,
) -> Iterator[Finding]:
    """For each contact the worst earlier one: how long it is put off, and whether it is lost by that."""
    for column, contact in enumerate(among):
        week = country.hours(contact.channel, contact.purpose)
        lawful = [weekday for weekday, hours in enumerate(week) if hours]
        worst, before = 0, ""
        for row, earlier in enumerate(among):
            put_off = _longest_wait(int(days[row, column]), free, lawful)
            if put_off > worst:
                worst, before = put_off, earlier.node_id
        if worst:
            yield _put_off(rule, country, contact, before, worst)


def _longest_wait(after: int, free: Free, lawful: Sequence[int]) -> int:
    """The most lawful days a wish must wait, over the weekdays on which the earlier contact may fall."""
    waits = [
        sum((start + day) % WEEK in lawful for day in range(after, free(start, after)))
        for start in lawful
        if after < free(start, after)
    ]
    return max(waits, default=0)


def _put_off(rule: LawRule, country: Country, contact: Contact, before: str, days: int) -> Finding:
    lost = days > contact.defer_days
    if contact.leg:
        return _fallback_put_off(rule, country, contact, days, lost)
    say = error if lost else warning
    what_es = "se perdería" if lost else "se diferiría"
    what_en = "would be lost" if lost else "would be put off"
    kind = str(getattr(rule, "kind", "rule"))
    return say(
        f"law.{kind}",
        contact.node_id,
        f"{country.key}: tras «{before}» el envío {what_es} hasta {days} días hábiles de contacto"
        f" ({rule.article}: {rule.text_es})",
        f"{country.key}: after {before!r} the message {what_en} for up to {days} lawful days"
        f" ({rule.article}: {rule.text_en})",
        f"if_not_today.defer_days >= {days}",
    )


def _fallback_put_off(rule: LawRule, country: Country, contact: Contact, days: int, lost: bool) -> Finding:
    """Only a warning: the first message went out, or did not count because nobody took it."""
    what_es, what_en = ("no saldría", "would not go out") if lost else ("esperaría", "would wait")
    return warning(
        "law.fallback",
        contact.node_id,
        f"{country.key}: tras un primer envío que sí contó, el canal alterno {what_es}: faltan hasta {days}"
        f" días hábiles de contacto ({rule.article}).",
        f"{country.key}: behind a first message that counted, the fallback {what_en}: up to {days} lawful"
        f" days are missing ({rule.article}).",
        rule.id,
    )


def _cite(country: Country, article: str, text: str) -> str:
    return f"{country.key}: {text} ({article})"
