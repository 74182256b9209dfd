"""What is claimed about conditions holds on every account, and what is plain on a small world is claimed."""

from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st

from engine.conditions import can_be_true, implies, is_always_true, is_covered, may_both_be_true, parse
from tests.engine.naive_conditions import accounts, conditions, nested, truth

EVERY_ACCOUNT = [
    {"roll": roll, "product": word, "on_hold": held, "labels": labels}
    for roll, word, held, labels in product(
        (None, -1, 0, 1, 2, 3),
        (None, "card", "loan", "other"),
        (None, True, False),
        (None, frozenset(), frozenset({"vip"}), frozenset({"moved"}), frozenset({"vip", "moved"})),
    )
]
"""Every account that the small conditions can tell apart."""

small_leaves = st.one_of(
    st.fixed_dictionaries(
        {
            "fact": st.just("roll"),
            "op": st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
            "value": st.integers(0, 2),
        }
    ),
    st.fixed_dictionaries(
        {
            "fact": st.just("product"),
            "op": st.sampled_from(["=", "!="]),
            "value": st.sampled_from(["card", "loan"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "fact": st.just("product"),
            "op": st.sampled_from(["in", "not_in"]),
            "value": st.just(["card", "loan"]),
        }
    ),
    st.fixed_dictionaries({"fact": st.just("on_hold"), "op": st.just("is"), "value": st.booleans()}),
    st.fixed_dictionaries(
        {
            "fact": st.just("labels"),
            "op": st.sampled_from(["has", "has_not"]),
            "value": st.sampled_from(["vip", "moved"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "fact": st.sampled_from(["roll", "product", "labels"]),
            "op": st.sampled_from(["is_known", "is_unknown"]),
        }
    ),
)
small = nested(small_leaves, most=6)


def holds(condition, account):
    return truth(condition, account) is True


@given(small)
def test_can_be_true_exactly_when_some_account_makes_it_true(condition):
    assert can_be_true(parse(condition)) == any(holds(condition, account) for account in EVERY_ACCOUNT)


@given(small, small)
def test_two_may_both_be_true_exactly_when_some_account_makes_both_true(one, other):
    expected = any(holds(one, account) and holds(other, account) for account in EVERY_ACCOUNT)
    assert may_both_be_true(parse(one), parse(other)) == expected


@given(small, small)
def test_one_implies_another_exactly_when_no_account_tells_otherwise(one, other):
    expected = all(holds(other, account) for account in EVERY_ACCOUNT if holds(one, account))
    assert implies(parse(one), parse(other)) == expected


@given(small, st.lists(small, max_size=3))
def test_a_branch_is_covered_exactly_when_earlier_ones_take_all_its_accounts(branch, earlier):
    expected = all(
        any(holds(other, account) for other in earlier) for account in EVERY_ACCOUNT if holds(branch, account)
    )
    assert is_covered(parse(branch), map(parse, earlier)) == expected


@given(conditions, conditions, accounts)
def test_no_account_contradicts_a_claim(one, other, account):
    first, second = holds(one, account), holds(other, account)
    assert can_be_true(parse(one)) or not first
    assert may_both_be_true(parse(one), parse(other)) or not (first and second)
    assert not implies(parse(one), parse(other)) or second or not first


@given(conditions, accounts)
def test_what_is_always_true_is_never_false(condition, account):
    assert not is_always_true(parse(condition)) or truth(condition, account) is not False


def test_nothing_is_claimed_of_a_puzzle_too_long_to_search():
    """Six pigeons in five holes, one each: impossible, but only exhausting every choice would tell."""
    pigeons, holes = range(6), range(5)
    housed = [{"any": [_sits(pigeon, hole) for hole in holes]} for pigeon in pigeons]
    alone = [
        {"not": {"all": [_sits(one, hole), _sits(other, hole)]}}
        for one, other in combinations(pigeons, 2)
        for hole in holes
    ]
    assert can_be_true(parse({"all": [*housed, *alone]}))


def _sits(pigeon, hole):
    return {"fact": "labels", "op": "has", "value": f"{pigeon} in {hole}"}
