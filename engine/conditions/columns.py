"""One comparison over the columns of a book: in which rows it is known and true.

Every test returns a fresh boolean array of the rows asked for, never a view of the book. Words are
resolved to the codes of the book at hand and kept until a book with another vocabulary comes.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.book import Column, Facts, Rows
from engine.conditions import meaning, spans
from engine.conditions.model import Comparison
from engine.conditions.spans import LEAST, MOST, Spans
from engine.errors import BookError
from engine.facts import Fact, FactType

Bools = NDArray[np.bool_]
Where = slice | Rows
"""The rows a test is asked about: a slice of the book, or an index list."""

_FEW = 4
"""With more ranges than this, a table looked up by code is quicker than comparing with each."""


class Test(Protocol):
    """Where something is true: a boolean per row of ``where``."""

    def __call__(self, facts: Facts, where: Where) -> Bools: ...


def comparison_test(fact: Fact, comparison: Comparison, *, negated: bool) -> Test:
    """Where ``comparison`` is true, or where its ``not`` is; false where the fact is unknown.

    >>> from engine.book import Book
    >>> from engine.facts import CATALOGUE
    >>> test = comparison_test(CATALOGUE["roll"], Comparison(fact="roll", op="<=", value=0), negated=False)
    >>> book = Book(3, {"roll": np.array([-1, 0, 1])}, {"roll": np.array([True, False, True])})
    >>> test(Facts(book, 0), slice(None)).tolist()
    [True, False, False]
    """
    unlike = comparison.op in meaning.UNLIKE
    if fact.type is FactType.ENUM:
        return _WordTest(fact, meaning.words(comparison), wanted=unlike == negated)
    if fact.type is FactType.SET:
        return _BitTest(fact, meaning.words(comparison), wanted=unlike == negated)
    if fact.type is FactType.BOOLEAN:
        return _NumberTest(fact.name, _signed(meaning.truths(comparison), negated))
    if fact.type is FactType.DATE and comparison.op in meaning.RELATIVE:
        return _RelativeTest(fact.name, _signed(meaning.days(comparison), negated))
    if fact.type is FactType.DATE:
        return _NumberTest(fact.name, _signed(meaning.days(comparison), negated))
    return _NumberTest(fact.name, _signed(meaning.numbers(comparison), negated))


def presence_test(name: str, *, present: bool) -> Test:
    """Where a fact is known (``present``) or unknown."""
    return _PresenceTest(name, present)


def _signed(wanted: Spans, negated: bool) -> Spans:
    return spans.outside(wanted) if negated else wanted


def _within(values: Column, low: int, high: int) -> Bools:
    result: Bools
    if low == high:
        result = values == low
    elif low == LEAST:
        result = values <= high
    else:
        result = values >= low
        if high != MOST:
            result &= values <= high
    return result


class _Membership:
    """Whether each value lies in a set of numbers, asked by the shorter of the set and its complement."""

    def __init__(self, wanted: Spans) -> None:
        missing = spans.outside(wanted)
        self.inverted = len(missing) < len(wanted)
        self.ranges = missing if self.inverted else wanted

    def __call__(self, values: Column, distance: int = 0) -> Bools:
        ranges = spans.moved(self.ranges, distance) if distance else self.ranges
        if not ranges:
            return np.full(len(values), self.inverted)
        result = _within(values, *ranges[0])
        for low, high in ranges[1:]:
            result |= _within(values, low, high)
        return np.logical_not(result, out=result) if self.inverted else result


def _known_and(result: Bools, known: NDArray[np.bool_] | None, where: Where) -> Bools:
    if known is not None:
        result &= known[where]
    return result


class _NumberTest:
    """A number, an amount, a day or a truth that lies in a fixed set."""

    def __init__(self, name: str, wanted: Spans) -> None:
        self.name = name
        self.membership = _Membership(wanted)

    def __call__(self, facts: Facts, where: Where) -> Bools:
        values, known = facts.read(self.name)
        return _known_and(self.membership(values[where]), known, where)


class _RelativeTest(_NumberTest):
    """A day that lies so many days from the business date."""

    def __call__(self, facts: Facts, where: Where) -> Bools:
        days, known = facts.read(self.name)
        return _known_and(self.membership(days[where], facts.day), known, where)


class _WordTest:
    """An enum whose word is, or is not, one of some; a word the book does not have is nobody's."""

    def __init__(self, fact: Fact, words: tuple[str, ...], *, wanted: bool) -> None:
        self.fact = fact
        self.words = frozenset(words)
        self.wanted = wanted
        self.resolved: tuple[tuple[str, ...], _Membership | _Table] | None = None

    def __call__(self, facts: Facts, where: Where) -> Bools:
        codes, known = facts.read(self.fact.name)
        vocabulary = facts.book.words(self.fact)
        if self.resolved is None or self.resolved[0] is not vocabulary:
            self.resolved = (vocabulary, self._resolve(vocabulary))
        return _known_and(self.resolved[1](codes[where]), known, where)

    def _resolve(self, vocabulary: tuple[str, ...]) -> "_Membership | _Table":
        codes = spans.of((code, code) for code, word in enumerate(vocabulary) if word in self.words)
        wanted = _signed(codes, not self.wanted)
        if len(codes) > _FEW:
            return _Table(wanted, len(vocabulary))
        return _Membership(wanted)


class _Table:
    """Whether each code is wanted, looked up in a table of all codes."""

    def __init__(self, wanted: Spans, size: int) -> None:
        self.table = _Membership(wanted)(np.arange(size))

    def __call__(self, codes: Column) -> Bools:
        result: Bools = self.table.take(codes, mode="clip")
        return result


class _BitTest:
    """A set that has, or lacks, every one of some words."""

    def __init__(self, fact: Fact, words: tuple[str, ...], *, wanted: bool) -> None:
        self.fact = fact
        self.words = frozenset(words)
        self.wanted = wanted
        self.resolved: tuple[tuple[str, ...], NDArray[np.int64]] | None = None

    def __call__(self, facts: Facts, where: Where) -> Bools:
        sets, known = facts.read(self.fact.name)
        vocabulary = facts.book.words(self.fact)
        if self.resolved is None or self.resolved[0] is not vocabulary:
            self.resolved = (vocabulary, self._resolve(vocabulary))
        common = sets[where] & self.resolved[1]
        return _known_and(common != 0 if self.wanted else common == 0, known, where)

    def _resolve(self, vocabulary: tuple[str, ...]) -> NDArray[np.int64]:
        if len(vocabulary) > 64:
            raise BookError("a set has at most 64 words", place=self.fact.name)
        bits = sum(1 << bit for bit, word in enumerate(vocabulary) if word in self.words)
        return np.array(bits, np.uint64).view(np.int64)


class _PresenceTest:
    """Whether a fact is known, or unknown; never itself unknown."""

    def __init__(self, name: str, present: bool) -> None:
        self.name = name
        self.present = present

    def __call__(self, facts: Facts, where: Where) -> Bools:
        values, known = facts.read(self.name)
        if known is None:
            return np.full(len(values[where]), self.present)
        return known[where].copy() if self.present else ~known[where]
