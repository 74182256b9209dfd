"""Columns in, columns out: what is refused, what an empty column gives, and many rows at once."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from engine.contact_policy import ContactHistory, ContactPolicy, ContactRequests, Place, load_packs
from engine.errors import PolicyError
from engine.vocabulary import Channel, Consent, Outcome, Purpose, Relation
from tests.engine.contact_policy.asking import Past, answer, history, policy_for, requests

WEDNESDAY = date(2026, 11, 18)


def many(n: int, *, place: int = 0, subjects: int) -> ContactRequests:
    return ContactRequests(
        place=np.full(n, place, np.int16),
        channel=np.full(n, Channel.WHATSAPP, np.int8),
        purpose=np.full(n, Purpose.COLLECTION, np.int8),
        relation=np.full(n, Relation.TITULAR, np.int8),
        consent=np.full(n, Consent.GRANTED, np.int8),
        reachable=np.ones(n, np.bool_),
        stops=np.zeros(n, np.int64),
        subject=np.arange(n, dtype=np.int64) % subjects,
        debt=np.arange(n, dtype=np.int64),
    )


def test_no_request_gives_no_verdict():
    none = many(0, subjects=1)
    assert len(policy_for("MX").decide(none, ContactHistory.empty(), WEDNESDAY).outcome) == 0
    assert len(policy_for("MX").guard(none, ContactHistory.empty(), 1_795_000_000).outcome) == 0


def test_verdicts_stand_in_the_order_of_the_requests():
    past = [Past("2026-11-18", subject=subject) for subject in range(0, 1000, 2)]
    verdicts = policy_for("EC").decide(many(1000, subjects=1000), history(past), WEDNESDAY)
    contacted = np.arange(1000) % 2 == 0
    assert np.all((verdicts.outcome == Outcome.DEFERRED) == contacted)
    assert np.all((verdicts.until_day >= 0) == contacted)
    assert np.all((verdicts.opens_at >= 0) == ~contacted)
    assert verdicts.outcome.dtype == np.int8 and verdicts.rule.dtype == np.int16
    assert verdicts.until_day.dtype == np.int32 and verdicts.closes_at.dtype == np.int64


def test_each_request_is_judged_alone():
    twice_the_same_person = policy_for("EC").decide(many(2, subjects=1), ContactHistory.empty(), WEDNESDAY)
    assert twice_the_same_person.outcome.tolist() == [Outcome.ALLOWED, Outcome.ALLOWED]


def test_a_contact_of_someone_nobody_asks_about_is_ignored():
    strangers = [Past("2026-11-18", subject=10_000, debt=10_000)]
    verdicts = policy_for("EC").decide(many(3, subjects=3), history(strangers), WEDNESDAY)
    assert np.all(verdicts.outcome == Outcome.ALLOWED)


def test_contacts_very_long_ago_do_not_disturb():
    past = [Past("1930-01-01"), Past("2026-11-18")]
    assert answer(policy_for("EC").decide(requests(), history(past), WEDNESDAY)).rule == "ec-day"


def test_one_decision_may_span_many_places():
    places = [Place("MX", None, ()), Place("CL", "RM", ())]
    policy = ContactPolicy(load_packs(["MX", "CL"]), places, portfolio_country="MX")
    both = many(2, subjects=2)
    both.place[1] = 1
    monday = policy.decide(both, ContactHistory.empty(), date(2026, 11, 16))
    assert monday.outcome.tolist() == [Outcome.DEFERRED, Outcome.ALLOWED]


@pytest.mark.parametrize(("column", "code"), [("place", 5), ("channel", 0), ("channel", 8), ("purpose", 7)])
def test_a_code_nobody_knows_is_refused_by_the_name_of_its_column(column, code):
    codes: Any = {column: np.array([code], np.int16)}
    strange = replace(requests(), **codes)
    with pytest.raises(PolicyError) as refusal:
        policy_for("MX").decide(strange, ContactHistory.empty(), WEDNESDAY)
    assert refusal.value.place == column


def test_columns_of_different_length_are_refused():
    with pytest.raises(PolicyError, match="differ in length"):
        replace(requests(), stops=np.zeros(2, np.int64))


def test_a_contact_without_subject_is_refused():
    with pytest.raises(PolicyError, match="subject"):
        history([Past("2026-11-18", subject=-1)])
