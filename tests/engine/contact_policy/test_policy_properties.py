"""Whatever the policy allows is lawful, whatever it puts off is not, and tightening allows no more.

The judge is a slow reading of the packs, row by row, that shares no code with the policy.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contact_policy import (
    ContactHistory,
    ContactPolicy,
    ContactRequests,
    Place,
    SpecialDay,
    load_packs,
    tighten,
)
from engine.contact_policy.rules import CapRule, GapRule, WindowRule
from engine.days import day_of
from engine.vocabulary import Channel, Consent, Outcome, Purpose, Relation, Stop
from tests.engine.contact_policy.asking import DRAFTS, Past, history
from tests.engine.contact_policy.reference import TIMELESS, Law, Wanted

COUNTRIES = ("MX", "CO", "PE", "CL", "EC", "AR", "BR", "PY", "GT", "US")
PLACES = [
    Place("MX", None, ("America/Mexico_City",)),
    Place("MX", None, ("America/Tijuana", "America/Cancun")),
    Place("CO", None, ("America/Bogota",)),
    Place("PE", None, ("America/Lima",)),
    Place("CL", "VS", ("America/Santiago",)),
    Place("CL", None, ("America/Santiago", "Pacific/Easter")),
    Place("EC", None, ("America/Guayaquil", "Pacific/Galapagos")),
    Place("AR", "C", ("America/Argentina/Buenos_Aires",)),
    Place("BR", "SP", ("America/Sao_Paulo",)),
    Place("US", None, ("America/New_York", "America/Los_Angeles")),
    Place("UY", None, ("America/Montevideo",)),
    Place("??", None, ("America/Mexico_City",)),
]
SPECIAL = (
    SpecialDay("CL", "VS", date(2026, 11, 18), "disaster"),
    SpecialDay("CO", None, date(2026, 11, 19), "election"),
    SpecialDay("MX", None, date(2026, 11, 20), "holiday"),
)
PACKS = {reading: load_packs(COUNTRIES, reading=reading) for reading in ("strict", "letter")}
POLICIES = {
    reading: ContactPolicy(
        packs, PLACES, portfolio_country="CO", special_days=SPECIAL, confirmed_drafts=DRAFTS
    )
    for reading, packs in PACKS.items()
}

channels = st.sampled_from([channel.word for channel in Channel])
purposes = st.sampled_from(["collection"] * 12 + [purpose.word for purpose in Purpose])
days = st.dates(date(2026, 11, 14), date(2026, 11, 25))
NO_STOP: list[frozenset[str]] = [frozenset()] * 18
stops = st.sampled_from(NO_STOP + [frozenset({str(stop.name).lower()}) for stop in Stop])
wanted_contacts = st.builds(
    Wanted,
    channel=channels,
    purpose=purposes,
    relation=st.sampled_from(["titular"] * 20 + [relation.word for relation in Relation]),
    consent=st.sampled_from(["granted"] * 20 + [consent.word for consent in Consent]),
    reachable=st.sampled_from([True] * 20 + [False]),
    stops=stops,
    subject=st.integers(0, 1),
    debt=st.integers(0, 1),
)
pasts = st.lists(
    st.builds(
        Past,
        on=days.map(date.isoformat),
        channel=channels,
        two_way=st.booleans(),
        outside=st.booleans(),
        subject=st.sampled_from([0, 0, 0, 1, 2]),
        debt=st.sampled_from([0, 0, 1, -1, 3]),
    ),
    min_size=1,
    max_size=10,
)
rows = st.lists(st.tuples(st.integers(0, len(PLACES) - 1), wanted_contacts), min_size=1, max_size=8)
readings = st.sampled_from(["strict", "letter"])


def columns(asked: list[tuple[int, Wanted]]) -> ContactRequests:
    wanted = [contact for _, contact in asked]
    return ContactRequests(
        place=np.array([place for place, _ in asked], np.int16),
        channel=np.array([Channel.of(w.channel) for w in wanted], np.int8),
        purpose=np.array([Purpose.of(w.purpose) for w in wanted], np.int8),
        relation=np.array([Relation.of(w.relation) for w in wanted], np.int8),
        consent=np.array([Consent.of(w.consent) for w in wanted], np.int8),
        reachable=np.array([w.reachable for w in wanted]),
        stops=np.array([sum(Stop[s.upper()] for s in w.stops) for w in wanted], np.int64),
        subject=np.array([w.subject for w in wanted], np.int64),
        debt=np.array([w.debt for w in wanted], np.int64),
    )


def law(reading: str, place: int) -> Law:
    return Law(PLACES[place], PACKS[reading], "CO", SPECIAL)


@settings(max_examples=60, deadline=None)
@given(rows, pasts, days, readings)
def test_any_allowed_contact_is_lawful_all_over_its_window_and_not_beyond(asked, past, day, reading):
    verdicts = POLICIES[reading].decide(columns(asked), history(past), day)
    for row, (place, wanted) in enumerate(asked):
        if verdicts.outcome[row] != Outcome.ALLOWED:
            continue
        opens, closes = int(verdicts.opens_at[row]), int(verdicts.closes_at[row])
        for at in (opens, (opens + closes) // 2, closes - 1):
            assert law(reading, place).faults(wanted, past, at) == set()


@settings(max_examples=60, deadline=None)
@given(rows, pasts, days, readings)
def test_a_deferred_contact_has_no_lawful_instant_before_the_date_it_is_put_off_to(asked, past, day, reading):
    policy = POLICIES[reading]
    verdicts = policy.decide(columns(asked), history(past), day)
    for row, (place, wanted) in enumerate(asked):
        if verdicts.outcome[row] != Outcome.DEFERRED:
            continue
        until = day_of(int(verdicts.until_day[row]))
        assert until > day
        window = policy.window(place, Channel.of(wanted.channel), Purpose.of(wanted.purpose), until)
        assert window is not None
        assert law(reading, place).faults(wanted, past, window[0]) == set()
        for skipped in range((until - day).days):
            closed = policy.window(
                place, Channel.of(wanted.channel), Purpose.of(wanted.purpose), day + timedelta(skipped)
            )
            if closed is not None:
                assert law(reading, place).faults(wanted, past, (closed[0] + closed[1]) // 2)


@settings(max_examples=60, deadline=None)
@given(rows, pasts, days, readings)
def test_a_blocked_contact_is_unlawful_whatever_the_time_and_names_a_rule_that_says_so(
    asked, past, day, reading
):
    verdicts = POLICIES[reading].decide(columns(asked), history(past), day)
    noon = (day - date(1970, 1, 1)).days * 86400 + 17 * 3600
    for row, (place, wanted) in enumerate(asked):
        faults = law(reading, place).faults(wanted, past, noon)
        timeless = {r.id for r in law(reading, place).rules() if r.kind in TIMELESS} & faults
        rule = verdicts.rule_of(row)
        assert (verdicts.outcome[row] == Outcome.BLOCKED) == bool(timeless)
        if timeless:
            assert rule is not None and rule.id in timeless


@settings(max_examples=100, deadline=None)
@given(rows, pasts, days, st.integers(0, 86399), readings)
def test_the_guard_allows_exactly_what_is_lawful_at_the_instant(asked, past, day, second, reading):
    at = (day - date(1970, 1, 1)).days * 86400 + second
    verdicts = POLICIES[reading].guard(columns(asked), history(past), at)
    for row, (place, wanted) in enumerate(asked):
        faults = law(reading, place).faults(wanted, past, at)
        assert (verdicts.outcome[row] == Outcome.ALLOWED) == (faults == set()), (
            faults,
            verdicts.rule_of(row),
        )


@settings(max_examples=60, deadline=None)
@given(rows, pasts, days, readings)
def test_what_is_decided_for_a_date_passes_the_guard_inside_its_window(asked, past, day, reading):
    policy, wanted, behind = POLICIES[reading], columns(asked), history(past)
    verdicts = policy.decide(wanted, behind, day)
    for row in np.flatnonzero(verdicts.outcome == Outcome.ALLOWED):
        for at in (int(verdicts.opens_at[row]), int(verdicts.closes_at[row]) - 1):
            assert policy.guard(wanted, behind, at).outcome[row] == Outcome.ALLOWED


@settings(max_examples=60, deadline=None)
@given(rows, pasts, days)
def test_the_strict_reading_never_allows_more_than_the_letter(asked, past, day):
    wanted, behind = columns(asked), history(past)
    _allows_no_more(POLICIES["strict"], POLICIES["letter"], wanted, behind, day)


@settings(max_examples=25, deadline=None)
@given(rows, pasts, days, st.data())
def test_tightening_never_allows_more(asked, past, day, data):
    wanted, behind = columns(asked), history(past)
    tightened = {
        key: tighten(pack, data.draw(changes_of(pack), label=key)) for key, pack in PACKS["letter"].items()
    }
    tighter = ContactPolicy(
        tightened, PLACES, portfolio_country="CO", special_days=SPECIAL, confirmed_drafts=DRAFTS
    )
    _allows_no_more(tighter, POLICIES["letter"], wanted, behind, day)


def _allows_no_more(
    tighter: ContactPolicy, looser: ContactPolicy, wanted: ContactRequests, behind: ContactHistory, day: date
) -> None:
    narrow, wide = tighter.decide(wanted, behind, day), looser.decide(wanted, behind, day)
    allowed = narrow.outcome == Outcome.ALLOWED
    assert np.all(wide.outcome[allowed] == Outcome.ALLOWED)
    assert np.all(narrow.opens_at[allowed] >= wide.opens_at[allowed])
    assert np.all(narrow.closes_at[allowed] <= wide.closes_at[allowed])


def changes_of(pack):
    """Some lawful tightenings of a pack's windows, caps and gaps."""
    choices: dict[str, st.SearchStrategy[Any]] = {}
    for rule in pack.rules:
        if isinstance(rule, WindowRule):
            weekdays = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("10:00", "12:00"))
            choices[rule.id] = st.just({"hours": weekdays, "holidays": "forbidden"})
        elif isinstance(rule, CapRule):
            choices[rule.id] = st.fixed_dictionaries(
                {"max": st.integers(0, rule.max), "counts": st.just("attempt")}
            )
        elif isinstance(rule, GapRule):
            choices[rule.id] = st.fixed_dictionaries({"days_apart": st.integers(rule.days_apart, 9)})
    return st.fixed_dictionaries({}, optional=choices)
