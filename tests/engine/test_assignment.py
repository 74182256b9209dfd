"""A person falls in the same arm for ever, as the GrowthBook specification says."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.assignment import (
    BUCKETS,
    NO_ARM,
    arm,
    arms,
    bucket,
    bucket_ranges,
    buckets,
    choose_variation,
    holdout,
)
from engine.errors import StrategyError

CASES = Path(__file__).parents[2] / "../shared/data/growthbook_cases_0.7.1.json"

person_ids = st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 10**7), max_size=50)
weights = st.lists(st.integers(1, 20), min_size=1, max_size=6).map(
    lambda parts: [p / sum(parts) for p in parts]
)


def specified(name: str) -> Any:
    if not CASES.exists():
        pytest.skip("the GrowthBook cases are not at hand")
    cases: Any = json.loads(CASES.read_text())[name]
    assert cases
    return cases


@pytest.mark.parametrize(
    ("seed", "unit", "expected"),
    [("seed", "a", 505), ("seed", "b", 2696), ("foo", "def", 2019), ("90850943850283058242805", "123", 7516)],
)
def test_bucket_is_growthbook_hash_v2(seed, unit, expected):
    assert bucket(seed, unit) == expected


def test_hash_equals_every_case_of_the_specification():
    version_2 = [case for case in specified("hash") if case[2] == 2]
    for seed, unit, _, expected in version_2:
        assert bucket(str(seed), str(unit)) / BUCKETS == expected


def test_bucket_ranges_equal_every_case_of_the_specification():
    for name, (count, coverage, shares), expected in specified("getBucketRange"):
        np.testing.assert_allclose(bucket_ranges(count, coverage, shares), expected, atol=1e-9, err_msg=name)


def test_choice_equals_every_case_of_the_specification():
    for name, share, ranges, expected in specified("chooseVariation"):
        assert choose_variation(share, tuple(map(tuple, ranges))) == expected, name


@given(st.text(max_size=20), person_ids)
def test_vectorised_buckets_equal_scalar_ones(seed, ids):
    assert buckets(seed, np.array(ids, np.int64)).tolist() == [bucket(seed, str(person)) for person in ids]


@given(st.text(min_size=1, max_size=20), person_ids, weights, st.floats(0, 1))
def test_vectorised_arms_equal_scalar_ones(key, ids, shares, coverage):
    expected = [arm(person, key, shares, coverage) for person in ids]
    assert arms(np.array(ids, np.int64), key, shares, coverage).tolist() == expected


@given(person_ids, weights, st.floats(0, 1), st.floats(0, 1))
def test_growing_coverage_never_moves_a_person_to_another_arm(ids, shares, one, other):
    people = np.array(ids, np.int64)
    before, after = (arms(people, "k", shares, coverage) for coverage in sorted((one, other)))
    assert np.all((before == NO_ARM) | (before == after))


@given(person_ids, st.floats(0, 1), st.floats(0, 1))
def test_growing_holdout_keeps_everybody_already_held_out(ids, one, other):
    people = np.array(ids, np.int64)
    before, after = (holdout(people, "acreedor-2026", share) for share in sorted((one, other)))
    assert np.all(~before | after)


def test_order_and_company_do_not_change_a_persons_arm():
    people = np.arange(100_000)
    shuffled = np.random.default_rng(7).permutation(people)
    whole = arms(people, "saludo", [0.3, 0.7])
    np.testing.assert_array_equal(arms(shuffled, "saludo", [0.3, 0.7]), whole[shuffled])


def test_buckets_are_uniform_and_two_experiments_independent():
    """Chi-squared over 100 bins (99 degrees of freedom) and over a 2 by 2 table, both below p = 0.001."""
    people = np.arange(1_000_000)
    one, other = buckets("uno", people), buckets("dos", people)
    counts = np.bincount(one // 100, minlength=100)
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 148.2
    table = np.histogram2d(one < 5_000, other < 5_000, bins=2)[0]
    assert ((table - 250_000) ** 2 / 250_000).sum() < 16.3


@pytest.mark.parametrize("shares", [[], [0.5, 0.4], [50, 50], [-0.5, 1.5]])
def test_weights_that_do_not_sum_to_one_are_refused(shares):
    with pytest.raises(StrategyError, match=r"assignment\.weights"):
        arms(np.arange(3), "k", shares)


def test_a_negative_person_id_and_a_share_beyond_one_are_refused():
    with pytest.raises(StrategyError, match=r"assignment\.person_id"):
        buckets("k", np.array([3, -1]))
    with pytest.raises(StrategyError, match=r"assignment\.share"):
        holdout(np.arange(3), "k", 1.5)
