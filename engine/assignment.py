"""Which arm an account falls in: GrowthBook hash v2 over the *person* id, vectorised; same person, same test,
same arm, for ever; the holdout.

The bucket of a person is ``fnv1a32(str(fnv1a32(seed + id))) % 10000``; the seed is the experiment's key
and nothing else, so a new version of a strategy moves nobody and new weights need a new key. Hash, bucket
ranges and choice agree with the GrowthBook specification 0.7.1.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import StrategyError

BUCKETS = 10_000
"""Resolution of the assignment: shares finer than 0.01 % cannot be told apart."""

NO_ARM = -1
"""The arm of a person whom the test does not cover."""

_OFFSET = 0x811C9DC5
_PRIME = 0x01000193
_WORD = 2**32
_CHUNK = 16_384
"""Ids hashed at a time, so that their digits stay in the processor's cache."""

_POWERS = tuple(10**place for place in range(20))

Ids = NDArray[np.int64]
Ranges = tuple[tuple[float, float], ...]


def bucket(seed: str, unit: str) -> int:
    """The bucket, 0..9999, of one unit (a person's id as text) under a seed.

    >>> bucket("foo", "ab")
    2575
    """
    return _fnv(str(_fnv(seed + unit))) % BUCKETS


def buckets(seed: str, person_ids: Ids) -> NDArray[np.int16]:
    """The buckets of many persons at once; ``person_ids`` int64, zero or more, hashed as decimal text.

    >>> buckets("foo", np.array([7, 123_456])).tolist() == [bucket("foo", "7"), bucket("foo", "123456")]
    True
    """
    ids = np.asarray(person_ids, np.int64)
    if len(ids) and ids.min() < 0:
        raise StrategyError("a person id is not negative", place=seed, code="assignment.person_id")
    result = np.empty(len(ids), np.int16)
    start = np.uint32(_fnv(seed))
    for first in range(0, len(ids), _CHUNK):
        chunk = slice(first, first + _CHUNK)
        inner = _fold_decimal(ids[chunk].view(np.uint64), start)
        result[chunk] = _fold_decimal(inner, np.uint32(_OFFSET)) % BUCKETS
    return result


def bucket_ranges(arms: int, coverage: float = 1.0, weights: Sequence[float] | None = None) -> Ranges:
    """The half-open range of shares each arm covers, starting where the arms before it end at full coverage.

    Arms keep their start when ``coverage`` grows, so nobody changes arm. As the GrowthBook specification
    says, ``coverage`` is clipped to 0..1, and weights of another number or another sum than 1 (give or
    take 0.01) become equal ones; :func:`arms` refuses those instead.

    >>> bucket_ranges(2, 0.5)
    ((0.0, 0.25), (0.5, 0.75))
    """
    coverage = min(max(coverage, 0.0), 1.0)
    if weights is None or len(weights) != arms or not 0.99 <= sum(weights) <= 1.01:
        weights = [1 / arms] * arms
    starts = [sum(weights[:arm]) for arm in range(arms)]
    return tuple(
        (float(start), start + coverage * weight) for start, weight in zip(starts, weights, strict=True)
    )


def choose_variation(share: float, ranges: Ranges) -> int:
    """The first arm whose range holds a share 0..1, :data:`NO_ARM` when none does.

    >>> choose_variation(0.2, ((0.0, 0.25), (0.5, 0.75))), choose_variation(0.4, ((0.0, 0.25), (0.5, 0.75)))
    (0, -1)
    """
    return next((arm for arm, (low, high) in enumerate(ranges) if low <= share < high), NO_ARM)


def arm(person_id: int, experiment_key: str, weights: Sequence[float], coverage: float = 1.0) -> int:
    """The arm of one person; equals :func:`arms`.

    >>> arm(43, "saludo-corto", [0.5, 0.5])
    1
    """
    ranges = bucket_ranges(len(weights), coverage, _checked(weights, experiment_key))
    return choose_variation(bucket(experiment_key, str(person_id)) / BUCKETS, ranges)


def arms(
    person_ids: Ids, experiment_key: str, weights: Sequence[float], coverage: float = 1.0
) -> NDArray[np.int16]:
    """The arm of every person: an index into ``weights``, or :data:`NO_ARM` outside the coverage.

    ``weights`` are shares that sum to 1; others are refused with ``StrategyError``. An exposure already
    stored wins over this hash (03, point 10): that is the caller's to apply.

    >>> arms(np.array([41, 42, 43]), "saludo-corto", [0.5, 0.5]).tolist()
    [0, 0, 1]
    """
    ranges = bucket_ranges(len(weights), coverage, _checked(weights, experiment_key))
    shares = buckets(experiment_key, person_ids) / BUCKETS
    result = np.full(len(shares), NO_ARM, np.int16)
    for number, (low, high) in reversed(list(enumerate(ranges))):
        result[(low <= shares) & (shares < high)] = number
    return result


def holdout(person_ids: Ids, seed: str, share: float) -> NDArray[np.bool_]:
    """Who is held out: a ``share`` 0..1 of all persons, under the creditor's own seed.

    A share that grows keeps everybody already held out.

    >>> int(holdout(np.arange(100_000), "acme-2026", 0.05).sum())
    5159
    """
    if not 0.0 <= share <= 1.0:
        raise StrategyError("a share lies between 0 and 1", place=seed, code="assignment.share")
    result: NDArray[np.bool_] = buckets(seed, person_ids) / BUCKETS < share
    return result


def _checked(weights: Sequence[float], key: str) -> Sequence[float]:
    if not len(weights) or min(weights) < 0 or abs(sum(weights) - 1) > 1e-6:
        raise StrategyError(
            "the weights of a test are shares that sum to 1",
            place=key,
            hint=f"got {list(weights)}",
            code="assignment.weights",
        )
    return weights


def _fnv(text: str) -> int:
    """FNV-1a of 32 bits over the characters of a text."""
    value = _OFFSET
    for character in text:
        value = (value ^ ord(character)) * _PRIME % _WORD
    return value


def _fold_decimal(numbers: NDArray[np.uint64] | NDArray[np.uint32], start: np.uint32) -> NDArray[np.uint32]:
    """FNV-1a continued from ``start`` over the decimal digits of each number, most significant first."""
    value = np.full(len(numbers), start, np.uint32)
    longest, shortest = len(str(numbers.max())), len(str(numbers.min()))
    above = np.zeros_like(numbers)
    for place in reversed(range(longest)):
        whole = numbers // _POWERS[place]
        digit = (whole - above * 10).astype(np.uint32)
        folded = (value ^ (digit + 48)) * np.uint32(_PRIME)
        value = folded if place < shortest else np.where(whole > 0, folded, value)
        above = whole
    return value
