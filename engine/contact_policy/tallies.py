"""How many contacts a history holds per subject or debt, counted once per question and kept.

A plan asks the same history again for every node, so the counts belong to the history: ``bincount``
over the slice of a period, as ``int16`` columns gathered by code.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Tally = NDArray[np.int16]

CEILING = (1 << 14) - 1
"""More contacts than any cap; two such counts added still fit 16 bits."""


@dataclass(frozen=True)
class Question:
    """Contacts on some channels (bool, 8), all or only two-way ones, from ``first`` to ``last``."""

    channels: tuple[bool, ...]
    two_way: bool
    first: int
    last: int


@dataclass(frozen=True)
class Tallies:
    """The columns of a contact history in the order of their dates, and the counts asked so far."""

    local_day: NDArray[np.int32]
    subject: NDArray[np.int64]
    debt: NDArray[np.int64]
    channel: NDArray[np.int8]
    two_way: NDArray[np.bool_]
    _by_subject: dict[Question, Tally] = field(default_factory=dict)
    _by_debt: dict[Question, tuple[Tally, Tally]] = field(default_factory=dict)

    def of_subjects(self, question: Question, subject: NDArray[np.int64]) -> Tally:
        """Counted contacts of each subject.

        >>> days, codes = np.array([4, 4, 5], np.int32), np.array([0, 7, 7])
        >>> tallies = in_order_of_date(days, codes, codes, np.ones(3, np.int8), np.ones(3, np.bool_))
        >>> tallies.of_subjects(Question((True,) * 8, False, 4, 5), np.array([7, 0, 99]))
        array([2, 1, 0], dtype=int16)
        """
        if question not in self._by_subject:
            span, counted = self._counted(question)
            self._by_subject[question] = _tally(self.subject[span][counted])
        return _gather(self._by_subject[question], subject)

    def of_debts(self, question: Question, subject: NDArray[np.int64], debt: NDArray[np.int64]) -> Tally:
        """Counted contacts of each debt; those whose debt is not known (-1) count for all of a subject."""
        if question not in self._by_debt:
            span, counted = self._counted(question)
            subjects, debts = self.subject[span][counted], self.debt[span][counted]
            self._by_debt[question] = _tally(debts[debts >= 0]), _tally(subjects[debts < 0])
        per_debt, of_unknown_debt = self._by_debt[question]
        return _gather(per_debt, debt) + _gather(of_unknown_debt, subject)

    def known(self, subject: NDArray[np.int64], debt: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether there is any contact with each subject, or about each debt."""
        return _occurs(self.subject, subject) | _occurs(self.debt, debt)

    def _counted(self, question: Question) -> tuple[slice, NDArray[np.bool_]]:
        """The slice of a period, and which of its contacts count."""
        period = np.array([question.first, question.last + 1], np.int32)
        span = slice(*np.searchsorted(self.local_day, period))
        counted = np.array(question.channels)[self.channel[span]]
        if question.two_way:
            counted &= self.two_way[span]
        return span, counted


def in_order_of_date(
    local_day: NDArray[np.int32],
    subject: NDArray[np.int64],
    debt: NDArray[np.int64],
    channel: NDArray[np.int8],
    two_way: NDArray[np.bool_],
) -> Tallies:
    """The tallies of a history in any order; a period of it is then a slice.

    Days fit 16 bits, for which NumPy sorts by radix, ten times faster.
    """
    since = local_day - local_day.min(initial=np.iinfo(np.int32).max)
    narrow = since.astype(np.uint16) if since.max(initial=0) < 1 << 16 else since
    order = np.argsort(narrow, kind="stable")
    return Tallies(local_day[order], subject[order], debt[order], channel[order], two_way[order])


def _tally(codes: NDArray[np.int64]) -> Tally:
    """How often each code occurs, with a zero at the end for codes that do not."""
    size = int(codes.max(initial=-1)) + 2
    counts = np.bincount(codes, minlength=size)
    return np.minimum(counts, CEILING, out=counts).astype(np.int16)


def _occurs(codes: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of ``asked`` are among the codes; a code of -1 is none."""
    occurs = np.zeros(int(codes.max(initial=-1)) + 2, np.bool_)
    occurs[codes] = True  # -1 marks the last place
    occurs[-1] = False
    return occurs[np.minimum(asked, len(occurs) - 1)]


def _gather(tally: Tally, codes: NDArray[np.int64]) -> Tally:
    return tally[np.minimum(codes, len(tally) - 1)]
