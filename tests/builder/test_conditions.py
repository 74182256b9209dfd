"""Conditions as rows and groups: nothing is lost on the way to the screen and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as drawn

from builder.inspector.tree import (
    added,
    at,
    condition_of,
    currency_at,
    fresh_row,
    placed,
    rows_of,
    with_operator,
    without,
)
from engine.conditions import OPERATORS, check, parse, sentence
from engine.facts import CATALOGUE

ROW = {"fact": "days_past_due", "op": ">=", "value": 1}
OTHER = {"fact": "roll", "op": "is_known"}
CONDITIONS = drawn.recursive(
    drawn.sampled_from([ROW, OTHER]),
    lambda inner: drawn.one_of(
        drawn.lists(inner, min_size=2, max_size=3).map(lambda parts: {"all": parts}),
        drawn.lists(inner, min_size=2, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)


@given(CONDITIONS)
def test_a_condition_comes_back_from_the_screen_as_it_went(condition) -> None:
    assert condition_of(rows_of(condition)) == condition


def test_a_row_is_added_changed_and_taken_away() -> None:
    group = added(rows_of(ROW), (), OTHER)
    assert condition_of(group) == {"all": [ROW, OTHER]}
    assert condition_of(placed(group, (0,), OTHER)) == {"all": [OTHER, OTHER]}
    assert condition_of(without(group, (0,))) == OTHER


def test_the_last_row_stays() -> None:
    assert without(rows_of(ROW), (0,)) == rows_of(ROW)


def test_a_group_that_loses_its_last_row_goes_with_it() -> None:
    group = added(rows_of(ROW), (), {"mode": "any", "parts": [OTHER]})
    assert at(group, (1, 0)) == OTHER
    assert condition_of(without(group, (1, 0))) == ROW


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_fact_and_operator_begins_with_a_value_of_its_type(name: str) -> None:
    fact = CATALOGUE[name]
    row = fresh_row(fact, CATALOGUE)
    for operator in (*OPERATORS[fact.type], "is_known"):
        row = with_operator(row, operator, CATALOGUE)
        parse(row)
        assert [finding for finding in check(row, CATALOGUE) if finding.blocks] == []


def test_money_is_in_the_currency_its_group_asks_for() -> None:
    pesos = {"fact": "currency", "op": "=", "value": "CLP"}
    owed = {"fact": "amount_to_cure", "op": ">=", "value": 250_000}
    both = rows_of({"any": [{"all": [pesos, owed]}, owed]})
    assert currency_at(both, (0, 1)) == "CLP"
    assert currency_at(both, (1,)) == ""
    assert sentence(parse({"all": [pesos, owed]}), CATALOGUE).endswith("al menos 250,000")
    assert sentence(parse(owed), CATALOGUE, currency="COP").endswith("al menos 2,500")
    assert sentence(parse(owed), CATALOGUE, currency="MXN").endswith("al menos 2,500.00")
