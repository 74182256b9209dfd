"""What an event does at once, held against the evaluator of conditions."""

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.book import Book, Facts
from engine.conditions import compile_condition, parse
from engine.errors import StrategyError
from engine.reactions import (
    FACTS,
    Command,
    CommandKind,
    Event,
    EventName,
    Rule,
    RuleSet,
    react,
    unite,
)
from engine.vocabulary import Channel, HoldKind
from tests.engine.naive_conditions import nested

EXIT, WITHDRAW = Command(kind=CommandKind.EXIT), Command(kind=CommandKind.WITHDRAW)
TALK = Command(kind=CommandKind.OPEN_CONVERSATION)
PRODUCTS = ("card", "loan", "auto")

leaves = st.one_of(
    st.builds(
        lambda fact, op, value: {"fact": fact, "op": op, "value": value},
        st.sampled_from(["roll", "amount_to_cure"]),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        st.integers(-2, 3) | st.sampled_from([-(2**63), 2**63 - 1]),
    ),
    st.builds(
        lambda op, words: {"fact": "product", "op": op, "value": words},
        st.sampled_from(["in", "not_in"]),
        st.lists(st.sampled_from([*PRODUCTS, "nowhere"]), min_size=1, max_size=3),
    ),
    st.builds(lambda value: {"fact": "on_hold", "op": "is", "value": value}, st.booleans()),
    st.builds(
        lambda fact, op: {"fact": fact, "op": op},
        st.sampled_from(["roll", "product", "on_hold"]),
        st.sampled_from(["is_known", "is_unknown"]),
    ),
)
states = st.fixed_dictionaries(
    {
        "roll": st.none() | st.integers(-3, 4),
        "amount_to_cure": st.none() | st.integers(-3, 4) | st.sampled_from([-(2**63), 2**63 - 1]),
        "product": st.none() | st.sampled_from(PRODUCTS),
        "on_hold": st.none() | st.booleans(),
    }
)


def kinds(commands):
    return [command.kind.value for command in commands]


def facts_of(state):
    """One account as a book of one row."""
    codes = {**state, "product": PRODUCTS.index(state["product"]) if state["product"] else None}
    types = {"roll": np.int64, "amount_to_cure": np.int64, "product": np.int16, "on_hold": np.bool_}
    columns: dict[str, Any] = {name: np.array([codes[name] or 0], dtype) for name, dtype in types.items()}
    known = {name: np.array([codes[name] is not None]) for name in types}
    return Facts(Book(1, columns, known, {"product": PRODUCTS}, FACTS), 20_770)


@settings(max_examples=40, deadline=None)
@given(st.lists(nested(leaves, most=5), min_size=1, max_size=3), st.lists(states, min_size=1, max_size=6))
def test_the_first_rule_whose_condition_is_true_acts(conditions, accounts):
    holds = list(HoldKind)
    rules = RuleSet(
        rules=tuple(
            Rule(
                key=f"r{number}",
                on=(EventName.BOUNCED,),
                when=parse(condition),
                do=(Command(kind=CommandKind.HOLD, hold=holds[number]),),
            )
            for number, condition in enumerate(conditions)
        )
    )
    kernels = [compile_condition(parse(condition), FACTS) for condition in conditions]
    for state in accounts:
        expected = [
            hold for hold, kernel in zip(holds, kernels, strict=False) if kernel.true(facts_of(state))[0]
        ]
        held = [command.hold for command in react(Event(EventName.BOUNCED), state, rules) if command.hold]
        assert held == expected[:1]


def test_a_payment_that_covers_the_arrears_ends_the_enrolment():
    assert kinds(react(Event(EventName.PAYMENT, amount=500), {"amount_to_cure": 0})) == ["exit", "withdraw"]
    for owed in (1, None):
        assert kinds(react(Event(EventName.PAYMENT, amount=500), {"amount_to_cure": owed})) == [
            "evaluate_now"
        ]


def test_an_opt_out_stops_the_channel_it_came_by():
    first, *_ = react(Event(EventName.OPT_OUT, channel=Channel.SMS), {})
    assert first == Command(kind=CommandKind.OPT_OUT, channel=Channel.SMS)


@pytest.mark.parametrize("name", list(EventName))
def test_every_event_has_a_locked_reaction(name):
    assert react(Event(name), {})


def test_an_event_no_rule_matches_gives_no_commands():
    never = parse({"fact": "roll", "op": ">", "value": 5})
    custom = RuleSet(rules=(Rule(key="r", on=(EventName.REPLY,), when=never, do=(EXIT,)),))
    assert react(Event(EventName.BOUNCED), {}, custom) == react(Event(EventName.BOUNCED), {})
    assert react(Event(EventName.REPLY), {"roll": 1}, custom) == react(Event(EventName.REPLY), {})


@pytest.mark.parametrize("name", list(EventName))
@pytest.mark.parametrize("added", [EXIT, TALK, Command(kind=CommandKind.HOLD, hold=HoldKind.MANUAL)])
def test_a_custom_rule_adds_and_never_removes_what_is_strict(name, added):
    custom = RuleSet(rules=(Rule(key="r", on=(name,), do=(added,)),))
    before, after = set(react(Event(name), {})), set(react(Event(name), {}, custom))
    assert added in after
    assert {one.kind for one in before - after} <= {CommandKind.EVALUATE_NOW, CommandKind.REOPEN}


@pytest.mark.parametrize("kind", [CommandKind.RESUME, CommandKind.REOPEN])
def test_a_custom_rule_that_loosens_is_refused(kind):
    custom = RuleSet(rules=(Rule(key="r", on=(EventName.DISPUTE,), do=(Command(kind=kind),)),))
    with pytest.raises(StrategyError, match=r"reaction\.looser"):
        react(Event(EventName.DISPUTE), {}, custom)


def test_a_hold_outlives_a_resume_of_its_kind():
    hold = Command(kind=CommandKind.HOLD, hold=HoldKind.PROMISE)
    resumes = [Command(kind=CommandKind.RESUME, hold=kind) for kind in (HoldKind.PROMISE, HoldKind.PLAN)]
    assert unite([hold], resumes) == (hold, resumes[1])


def test_a_fact_of_the_wrong_type_is_refused():
    with pytest.raises(StrategyError, match=r"reaction\.fact_type"):
        react(Event(EventName.PAYMENT), {"amount_to_cure": "0"})


def test_many_events_start_no_thread():
    before = threading.active_count()
    for owed in range(2_000):
        react(Event(EventName.PAYMENT), {"amount_to_cure": owed})
    assert threading.active_count() == before
