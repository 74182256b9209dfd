"""Draws without a dice: a column of numbers that look random and follow from ids, a topic and a seed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Chance:
    """Draws for many ids at once; two topics are independent of each other, so are two seeds.

    >>> chance = Chance("demo")
    >>> ids = np.arange(4)
    >>> bool((chance.pick(ids, "a", 9) == chance.pick(ids, "a", 9)).all())
    True
    """

    seed: str

    def draw(self, ids: Ids, topic: str) -> NDArray[np.uint64]:
        """64 well-mixed bits for each id (the finalizer of splitmix64)."""
        salt = hashlib.sha256(f"{self.seed}/{topic}".encode()).digest()
        x = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x += np.frombuffer(salt[:8], "<u8")[0]
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(x ^ (x >> np.uint64(31)), np.uint64)

    def share(self, ids: Ids, topic: str) -> NDArray[np.float64]:
        """A number in [0, 1) for each id."""
        return np.asarray((self.draw(ids, topic) >> np.uint64(11)) * 2.0**-53, np.float64)

    def pick(self, ids: Ids, topic: str, choices: int) -> Ids:
        """A number from 0 to ``choices`` - 1 for each id."""
        return np.asarray(self.share(ids, topic) * choices, np.int64)

    def weighted(self, ids: Ids, topic: str, weights: Sequence[float]) -> Ids:
        """The index of a weight for each id; the weights sum to 1."""
        edges = np.cumsum(weights)[:-1]
        return np.asarray(np.searchsorted(edges, self.share(ids, topic), side="right"), np.int64)
