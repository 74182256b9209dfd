"""A condition compiled to tests over columns: coded values in, a boolean column out, no Python per row.

*Three values by two signs.* ``not`` is pushed down to the comparisons; after that "true" needs one mask
only: a comparison is true where its fact is known and its value lies in the set, and ``all`` and ``any``
are plain *and* and *or*. A condition is false where its ``not`` is true, and unknown elsewhere.
"""

import numpy as np

from engine.book import Facts, Rows
from engine.conditions.check import refuse_errors
from engine.conditions.columns import Bools, Test, Where, comparison_test, presence_test
from engine.conditions.model import AllOf, Comparison, Condition, Not, Presence, leaves
from engine.facts import Catalogue

CHUNK = 65_536
"""Rows tested at a time, so that the masks of one chunk stay in the processor's cache."""

_WORTH_NARROWING = 8
"""Once fewer than one row in this many is undecided, an index list is quicker than a mask."""


class Kernel:
    """A compiled condition. ``facts`` are the names it reads.

    >>> from engine.book import Book
    >>> from engine.conditions.model import parse
    >>> from engine.facts import CATALOGUE
    >>> kernel = compile_condition(parse({"fact": "roll", "op": ">", "value": 0}), CATALOGUE)
    >>> facts = Facts(Book(3, {"roll": np.array([1, 0, 2])}, {"roll": np.array([True, True, False])}), 20770)
    >>> kernel.true(facts).tolist(), kernel.true(facts, np.array([0, 2])).tolist()
    ([True, False, False], [True, False])
    >>> kernel.evaluate(facts)[1].tolist()
    [True, True, False]
    """

    def __init__(self, condition: Condition, catalogue: Catalogue) -> None:
        self.facts = frozenset(leaf.fact for leaf in leaves(condition))
        self._true = _test(condition, catalogue, negated=False)
        self._false = _test(condition, catalogue, negated=True)

    def true(self, facts: Facts, rows: Rows | None = None) -> Bools:
        """Where the condition is true (neither false nor unknown), a boolean per row.

        ``rows`` are indexes into the book; ``None`` asks for the whole book.
        """
        return _in_chunks(self._true, facts, rows)

    def evaluate(self, facts: Facts, rows: Rows | None = None) -> tuple[Bools, Bools]:
        """Where the condition is true, and where it is known: false is known and not true."""
        true = _in_chunks(self._true, facts, rows)
        return true, true | _in_chunks(self._false, facts, rows)


def compile_condition(condition: Condition, catalogue: Catalogue, place: str = "") -> Kernel:
    """The kernel of a condition; ``ConditionError`` with the first error :func:`check` finds, if any."""
    refuse_errors(condition, catalogue, place)
    return Kernel(condition, catalogue)


def _test(condition: Condition, catalogue: Catalogue, *, negated: bool) -> Test:
    """Where the condition (or its ``not``) is true."""
    if isinstance(condition, Not):
        return _test(condition.part, catalogue, negated=not negated)
    if isinstance(condition, Presence):
        return presence_test(condition.fact, present=(condition.op == "is_known") != negated)
    if isinstance(condition, Comparison):
        return comparison_test(catalogue.expect(condition.fact), condition, negated=negated)
    tests = tuple(_test(part, catalogue, negated=negated) for part in condition.parts)
    return _Combination(tests, conjunctive=isinstance(condition, AllOf) != negated)


class _Combination:
    """All of some tests, or any of them; once few rows are undecided, only those are tested further."""

    def __init__(self, tests: tuple[Test, ...], *, conjunctive: bool) -> None:
        self.tests = tests
        self.conjunctive = conjunctive

    def __call__(self, facts: Facts, where: Where) -> Bools:
        return self._after(self.tests[0](facts, where), 1, facts, where)

    def _after(self, result: Bools, done: int, facts: Facts, where: Where) -> Bools:
        """``result`` of the first ``done`` tests, combined with those of the others."""
        for position in range(done, len(self.tests)):
            undecided = result if self.conjunctive else ~result
            left = int(np.count_nonzero(undecided))
            if left == 0:
                break
            test = self.tests[position]
            if left * _WORTH_NARROWING < len(result):
                index = np.flatnonzero(undecided)
                few = _among(where, index)
                result[index] = self._after(test(facts, few), position + 1, facts, few)
                break
            combine = np.logical_and if self.conjunctive else np.logical_or
            combine(result, test(facts, where), out=result)
        return result


def _among(where: Where, index: Rows) -> Rows:
    """The rows of the book that stand at ``index`` among ``where``."""
    if isinstance(where, slice):
        return index + (where.start or 0)
    return where[index]


def _in_chunks(test: Test, facts: Facts, rows: Rows | None) -> Bools:
    size = facts.book.size if rows is None else len(rows)
    if size <= CHUNK:
        return test(facts, slice(0, size) if rows is None else rows)
    result = np.empty(size, np.bool_)
    for start in range(0, size, CHUNK):
        chunk = slice(start, min(start + CHUNK, size))
        result[chunk] = test(facts, chunk if rows is None else rows[chunk])
    return result
