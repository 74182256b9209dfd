"""The close: every account of the book in exactly one bucket, with the reason it stands there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.book import Rows
from engine.vocabulary import Bucket

NO_REASON = ""


@dataclass
class Close:
    """The bucket of each account (row of the book) and its reason as an index into ``reasons``.

    Lines are entered from the last of 03, point 17 to the first: a later entry overrides. An account in a
    strategy and in a campaign is counted once, on the first line either of them puts it on; it has ended
    only when it stands in neither.

    >>> close = Close.of(3)
    >>> close.enter(Bucket.WAITING, np.array([0, 1]))
    >>> close.enter(Bucket.ACTED, np.array([1]))
    >>> [(bucket.word, accounts) for bucket, _, accounts in close.figures()]
    [('acted', 1), ('waiting', 1), ('not_eligible', 1)]
    """

    bucket: NDArray[np.int8]
    reason: NDArray[np.int16]
    reasons: list[str] = field(default_factory=lambda: [NO_REASON])

    @classmethod
    def of(cls, accounts: int) -> "Close":
        """A close in which nobody was eligible."""
        return cls(np.full(accounts, Bucket.NOT_ELIGIBLE, np.int8), np.zeros(accounts, np.int16))

    def enter(self, bucket: Bucket, accounts: Rows, reason: str = NO_REASON) -> None:
        """Count ``accounts`` in ``bucket``, overriding what was entered before."""
        if not len(accounts):
            return
        if reason not in self.reasons:
            self.reasons.append(reason)
        self.bucket[accounts] = bucket
        self.reason[accounts] = self.reasons.index(reason)

    def figures(self) -> Iterator[tuple[Bucket, str, int]]:
        """Bucket, reason and number of accounts, in the order of the close."""
        keys = self.bucket.astype(np.int64) * len(self.reasons) + self.reason
        counts = np.bincount(keys, minlength=1)
        for key in np.flatnonzero(counts):
            bucket, reason = divmod(int(key), len(self.reasons))
            yield Bucket(bucket), self.reasons[reason], int(counts[key])


ORDER_ES: Mapping[Bucket, str] = {
    Bucket.ACTED: "actuaron",
    Bucket.WAITING: "esperan",
    Bucket.DEFERRED: "diferidas",
    Bucket.BLOCKED: "bloqueadas",
    Bucket.HELD: "retenidas",
    Bucket.ENDED_TODAY: "salieron hoy",
    Bucket.HOLDOUT: "grupo de control",
    Bucket.PAUSED: "en pausa",
    Bucket.NOT_ELIGIBLE: "sin estrategia",
    Bucket.ENDED_BEFORE: "ya habían salido",
    Bucket.ERROR: "con error",
}
"""How people read the buckets, and in which order."""


def sentence(accounts: int, figures: Sequence[tuple[Bucket, int]]) -> str:
    """The close as one sentence in Spanish.

    >>> sentence(30000, [(Bucket.ACTED, 4112), (Bucket.WAITING, 25888)])
    '30.000 cuentas: 4.112 actuaron · 25.888 esperan'
    """
    by_bucket = dict.fromkeys(ORDER_ES, 0)
    for bucket, count in figures:
        by_bucket[bucket] += count
    parts = [f"{_figure(n)} {ORDER_ES[b]}" for b, n in by_bucket.items() if n]
    return f"{_figure(accounts)} cuentas: " + " · ".join(parts)


def _figure(number: int) -> str:
    return f"{number:,}".replace(",", ".")
