"""A condition means the same to the columns as to a person reading it row by row."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from engine.book import Facts
from engine.conditions import Condition, check, compile_condition, parse, plain, sentence
from engine.days import day_number
from engine.errors import ConditionError
from engine.facts import CATALOGUE
from tests.engine.naive_conditions import TODAY, accounts, book_of, comparisons, conditions, truth


class Document(BaseModel):
    """Any document with a condition in it."""

    exit_when: Condition


def over(*said):
    return {"all": list(said)}


# ---------------------------------------------------------------- the kernel


@given(conditions, st.lists(accounts, min_size=1, max_size=8), st.integers(1, 5))
def test_kernel_equals_the_naive_reading(condition, people, repeated):
    facts = Facts(book_of(people * repeated), day_number(TODAY))
    true, known = compile_condition(parse(condition), CATALOGUE).evaluate(facts)
    expected = [truth(condition, account) for account in people] * repeated
    assert known.tolist() == [answer is not None for answer in expected]
    assert true.tolist() == [answer is True for answer in expected]


@given(conditions, st.lists(accounts, min_size=1, max_size=6), st.data())
def test_asking_for_rows_equals_asking_for_the_book(condition, people, data):
    rows = np.array(data.draw(st.lists(st.integers(0, len(people) - 1), max_size=40)), np.int64)
    facts = Facts(book_of(people), day_number(TODAY))
    kernel = compile_condition(parse(condition), CATALOGUE)
    np.testing.assert_array_equal(kernel.true(facts, rows), kernel.true(facts)[rows])


@given(conditions, st.lists(accounts, min_size=1, max_size=4))
def test_evaluating_leaves_the_book_as_it_was(condition, people):
    book, untouched = book_of(people), book_of(people)
    compile_condition(parse(condition), CATALOGUE).evaluate(Facts(book, day_number(TODAY)))
    for name, column in untouched.columns.items():
        np.testing.assert_array_equal(book.columns[name], column)
    for name, mask in untouched.known.items():
        np.testing.assert_array_equal(book.known[name], mask)


def test_a_book_of_many_chunks_is_read_to_its_end():
    people = [
        {**_nobody(), "roll": roll, "product": product}
        for roll in (None, -1, 0, 1)
        for product in ("card", None)
    ]
    condition = over(_is("roll", ">=", 0), {"not": _is("product", "=", "loan")})
    book = book_of(people).take(np.arange(150_001) % len(people))
    facts, kernel = Facts(book, day_number(TODAY)), compile_condition(parse(condition), CATALOGUE)
    expected = np.resize([truth(condition, account) is True for account in people], book.size)
    np.testing.assert_array_equal(kernel.true(facts), expected)
    backwards = np.arange(book.size)[::-1].copy()
    np.testing.assert_array_equal(kernel.true(facts, backwards), expected[::-1])


def test_one_kernel_serves_books_with_other_vocabularies():
    kernel = compile_condition(parse(_is("product", "in", ["card", "loan"])), CATALOGUE)
    for words, expected in ((("card", "auto"), [True, False]), (("auto", "card"), [False, True])):
        book = book_of([{**_nobody(), "product": word} for word in ("auto", "card")])
        recoded = type(book)(2, book.columns, book.known, {**book.vocabularies, "product": words})
        assert kernel.true(Facts(recoded, 0)).tolist() == expected


def test_a_word_above_the_62nd_of_a_set_keeps_its_bit():
    words = tuple(f"label_{number}" for number in range(64))
    book = book_of([_nobody()] * 2)
    labels = np.array([-(2**63), 2**62], np.int64)
    wide = type(book)(2, {**book.columns, "labels": labels}, {}, {"labels": words})
    kernel = compile_condition(parse(_is("labels", "has", "label_63")), CATALOGUE)
    assert kernel.true(Facts(wide, 0)).tolist() == [True, False]


def test_without_data_a_condition_does_not_hold_nor_does_its_opposite():
    condition = _is("risk_score", "<", 500)
    facts = Facts(book_of([_nobody()]), day_number(TODAY))
    for asked in (condition, {"not": condition}):
        assert compile_condition(parse(asked), CATALOGUE).true(facts).tolist() == [False]


def test_a_kernel_says_which_facts_it_reads():
    kernel = compile_condition(
        parse(over(_is("roll", ">", 0), {"not": _is("on_hold", "is", True)})), CATALOGUE
    )
    assert kernel.facts == {"roll", "on_hold"}


# ---------------------------------------------------------------- the document


@given(conditions)
def test_json_round_trip_is_exact(condition):
    document = Document(exit_when=condition)
    assert json.loads(document.model_dump_json()) == {"exit_when": condition}
    assert document.model_dump(mode="json") == {"exit_when": condition}
    assert Document.model_validate_json(document.model_dump_json()) == document
    assert json.dumps(plain(parse(condition)), sort_keys=True) == json.dumps(condition, sort_keys=True)


@pytest.mark.parametrize(
    "wrong",
    [
        1.0,
        float("nan"),
        None,
        [True, False],
        [1, "a"],
        {"a": 1},
        2**63,
        [[1, 2]],
        "x" * 201,
    ],
)
def test_values_other_than_whole_numbers_words_and_truths_are_refused(wrong):
    with pytest.raises(ValidationError):
        parse({"fact": "roll", "op": "=", "value": wrong})


def test_a_condition_nested_too_deep_or_too_large_is_refused_with_its_limit():
    deep = _is("roll", "=", 1)
    for _ in range(5_000):
        deep = {"not": deep}
    assert [finding.code for finding in check(deep, CATALOGUE)] == ["condition.depth"]
    assert [finding.code for finding in check({"all": [deep["not"]], "not": deep}, CATALOGUE)] == [
        "condition.depth"
    ]
    wide = {"all": [_is("roll", "=", 1)] * 201}
    assert [finding.code for finding in check(wide, CATALOGUE)] == ["condition.leaves"]


# ---------------------------------------------------------------- the check

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["roll", "product", "in", "=", "has", "is", "is_known", "between", "2026-11-13"])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "fact", "op", "value"]) | st.text(max_size=3), inner
        )
    ),
    max_leaves=20,
)


@given(json_values | conditions.map(lambda condition: over(condition, {"fact": "roll"})))
def test_check_never_raises_and_agrees_with_the_compiler(data):
    refused = any(finding.blocks for finding in check(data, CATALOGUE, "n1"))
    try:
        compile_condition(parse(data), CATALOGUE)
    except (ValidationError, ConditionError):
        assert refused
    else:
        assert not refused


@given(conditions)
def test_a_condition_without_mistakes_has_no_error(condition):
    assert not [finding for finding in check(condition, CATALOGUE) if finding.blocks]


def test_every_mistake_is_told_at_its_place():
    condition = {
        "any": [
            _is("dias_past_due", ">", 3),
            _is("roll", "has", "x"),
            _is("amount_to_cure", "=", "mucho"),
            _is("account_status", "in", ["past_du", "sold"]),
            over(_is("roll", "between", [3, 1]), _is("amount_as_of", "before", "20261113")),
            _is("on_hold", "is", 1),
            _is("effective_due_on", "within_days", -1),
            _is("product", "in", []),
        ]
    }
    found = [(finding.code, finding.place, finding.hint) for finding in check(condition, CATALOGUE, "n4")]
    assert found == [
        ("fact.unknown", "n4/any/0/fact", "days_past_due"),
        ("condition.operator", "n4/any/1/op", "= != < <= > >= between"),
        ("condition.value_type", "n4/any/2/value", ""),
        ("condition.word", "n4/any/3/value", "past_due"),
        ("condition.bounds", "n4/any/4/all/0/value", ""),
        ("condition.value_type", "n4/any/4/all/1/value", ""),
        ("condition.value_type", "n4/any/5/value", ""),
        ("condition.value_type", "n4/any/6/value", ""),
        ("condition.value_type", "n4/any/7/value", ""),
    ]


def test_mistakes_beside_a_part_that_does_not_parse_are_told_too():
    condition = over({**_is("roll", "=", 1), "valeu": 2}, {"not": _is("roll", "has", "x")})
    assert [(finding.code, finding.place) for finding in check(condition, CATALOGUE, "n4")] == [
        ("condition.unknown_key", "n4/all/0/valeu"),
        ("condition.operator", "n4/all/1/not/op"),
    ]


def test_what_can_never_be_true_is_warned_about_at_the_innermost_part():
    dead = over(_is("roll", ">", 2), _is("roll", "<", 2))
    assert [
        (finding.code, finding.place, finding.blocks) for finding in check({"any": [dead, dead]}, CATALOGUE)
    ] == [
        ("condition.never", "any/0", False),
        ("condition.never", "any/1", False),
    ]
    assert [finding.code for finding in check(_is("days_past_due", "<", 0), CATALOGUE)] == ["condition.never"]
    assert [finding.code for finding in check(_is("days_past_due", ">=", 0), CATALOGUE)] == [
        "condition.always"
    ]


# ---------------------------------------------------------------- in words


@pytest.mark.parametrize(
    ("condition", "spanish", "english"),
    [
        (
            {"all": [{"fact": "days_past_due", "op": "between", "value": [1, 30]},
                     {"fact": "product", "op": "in", "value": ["tarjeta", "préstamo"]}]},
            "Días de mora entre 1 y 30 y producto es uno de tarjeta, préstamo",
            "Days past due between 1 and 30 and product is one of tarjeta, préstamo",
        ),
        (
            {"any": [{"fact": "late_interest", "op": "<", "value": -5},
                     {"all": [{"fact": "on_hold", "op": "is", "value": False},
                              {"fact": "interest_past_due", "op": ">=", "value": 123456}]}]},
            "Interés moratorio menor que -0.05 o (retenida: no e interés vencido al menos 1,234.56)",
            "Late interest less than -0.05 or (on hold: no and interest past due at least 1,234.56)",
        ),
        (
            {"not": {"any": [{"fact": "amount_as_of", "op": "=", "value": "2026-11-13"},
                             {"fact": "outstanding_balance", "op": "is_unknown"}]}},
            "No se cumple que (monto con fecha el 13/11/2026 o saldo total sin dato)",
            "It is not the case that (amount as of on 2026-11-13 or outstanding balance is unknown)",
        ),
    ],
)  # fmt: skip
def test_a_condition_reads_as_a_sentence(condition, spanish, english):
    assert sentence(parse(condition), CATALOGUE) == spanish
    assert sentence(parse(condition), CATALOGUE, "en") == english


@given(comparisons)
def test_every_comparison_has_a_sentence_that_names_its_fact(comparison):
    label = CATALOGUE[comparison["fact"]].label_es
    assert sentence(parse(comparison), CATALOGUE).startswith(label)


def _is(fact, op, value):
    return {"fact": fact, "op": op, "value": value}


def _nobody():
    """An account of which nothing is known."""
    names = "effective_due_on last_payment_on amount_to_cure roll product account_status labels"
    return dict.fromkeys((*names.split(), "verified_channels", "on_hold"))
