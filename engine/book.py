"""The book as columns in memory: coded integers, a known-mask per column, and how an Arrow table becomes one.

Dtypes: numbers and money ``int64`` (money in minor units), dates ``int32`` (days since 1970-01-01),
enums ``int16`` (index into the column's vocabulary), sets ``int64`` (bit *i* is word *i*), booleans
``bool``. A known-mask is ``None`` when every value is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import BookError
from engine.facts import BUCKET_STARTS, CATALOGUE, Catalogue, Derivation, Fact, FactType

Column = NDArray[Any]
Mask = NDArray[np.bool_] | None
Rows = NDArray[np.int64]

DTYPES: Mapping[FactType, np.dtype[np.generic]] = {
    FactType.NUMBER: np.dtype(np.int64),
    FactType.MONEY: np.dtype(np.int64),
    FactType.DATE: np.dtype(np.int32),
    FactType.ENUM: np.dtype(np.int16),
    FactType.SET: np.dtype(np.int64),
    FactType.BOOLEAN: np.dtype(np.bool_),
}

NO_DAY = np.int32(2**31 - 1)
"""The day that never comes: an enrolment that waits for no date."""


@dataclass(frozen=True)
class Book:
    """Accounts as columns; row *i* of every column is the same account.

    Columns named like a fact hold it; other columns carry what the engine needs besides (ids, the
    place of the debtor, dates that facts are derived from).
    """

    size: int
    columns: Mapping[str, Column]
    known: Mapping[str, Mask] = field(default_factory=dict)
    vocabularies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=lambda: CATALOGUE)

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if len(column) != self.size:
                raise BookError(f"column {name} has {len(column)} rows, the book {self.size}", place=name)

    def column(self, name: str) -> Column:
        """A stored column; raises ``BookError`` when the book was read without it."""
        try:
            return self.columns[name]
        except KeyError:
            raise BookError(f"the book was read without the column {name!r}", place=name) from None

    def take(self, rows: Rows) -> "Book":
        """The book of the given rows, in their order."""
        return Book(
            len(rows),
            {name: column[rows] for name, column in self.columns.items()},
            {name: None if mask is None else mask[rows] for name, mask in self.known.items()},
            self.vocabularies,
            self.catalogue,
        )

    def words(self, fact: Fact) -> tuple[str, ...]:
        """The vocabulary of an enum or set: the fact's own closed one, else the book's."""
        return fact.values or self.vocabularies.get(fact.name, ())


class Facts:
    """The facts of one business date over one book, frozen: a fact is derived once and kept.

    >>> book = Book(
    ...     2,
    ...     {
    ...         "effective_due_on": np.array([20760, 20775], np.int32),
    ...         "amount_to_cure": np.array([5_00, 9_00]),
    ...     },
    ... )
    >>> values, known = Facts(book, 20770).read("days_past_due")
    >>> values.tolist(), known is None
    ([10, 0], True)
    """

    def __init__(self, book: Book, day: int) -> None:
        self.book = book
        self.day = day
        self._read: dict[str, tuple[Column, Mask]] = {}

    def read(self, name: str) -> tuple[Column, Mask]:
        """Values and known-mask of a fact over the whole book; one the book lacks is unknown."""
        if name not in self._read:
            self._read[name] = self._derive(self.book.catalogue.expect(name))
        return self._read[name]

    def _derive(self, fact: Fact) -> tuple[Column, Mask]:
        if fact.derivation is None or fact.name in self.book.columns:
            return self._stored(fact.name, DTYPES[fact.type])
        dates, known = self._stored(fact.source, DTYPES[FactType.DATE])
        since = self.day - dates.astype(np.int64)
        if fact.derivation is Derivation.DAYS_SINCE:
            return since, known
        if fact.derivation is Derivation.DAYS_UNTIL:
            return -since, known
        return self._arrears(fact, since, known)

    def _arrears(self, fact: Fact, since: NDArray[np.int64], known: Mask) -> tuple[Column, Mask]:
        owed, owed_known = self._stored("amount_to_cure", DTYPES[FactType.MONEY])
        nothing = np.asarray(owed <= 0)
        if owed_known is not None:
            nothing &= owed_known
        days = np.where(nothing, 0, np.maximum(since, 0))
        settled = None if known is None else known | nothing
        if fact.derivation is Derivation.DAYS_PAST_DUE:
            return days, settled
        return (np.searchsorted(BUCKET_STARTS, days, side="right") - 1).astype(np.int16), settled

    def _stored(self, name: str, dtype: np.dtype[np.generic]) -> tuple[Column, Mask]:
        if name in self.book.columns:
            return self.book.columns[name], self.book.known.get(name)
        return np.zeros(self.book.size, dtype), np.zeros(self.book.size, np.bool_)
