"""The hour at which a person answers: learnt from when they read and wrote, forgotten as that grows old."""

import numpy as np
from numpy.typing import NDArray

READ, REPLY = 1.0, 2.0
"""What one reading and one answer weigh: who writes back had time for it."""

HALF_LIFE_DAYS = 60
ENOUGH = 5.0
"""The decayed weight of readings and answers from which on an hour is trusted."""

UNKNOWN_HOUR = -1
HOURS = 24


def best_hours(weights: NDArray[np.float64]) -> NDArray[np.int8]:
    """The hour (0 to 23, local time) of each person, ``UNKNOWN_HOUR`` where too little is known.

    ``weights`` is (n, 24): the decayed weight of each hour. Half of what the neighbouring hours weigh
    counts too, so that a habit is not split by the clock; of equal hours the earliest.

    >>> seldom, evenings = np.zeros(24), np.zeros(24)
    >>> seldom[9], evenings[[8, 18, 19, 20]] = 3, (2.5, 2, 2, 2)
    >>> best_hours(np.stack([seldom, evenings])).tolist()
    [-1, 19]
    """
    smooth = weights + (np.roll(weights, 1, axis=1) + np.roll(weights, -1, axis=1)) / 2
    known = weights.sum(axis=1) >= ENOUGH
    return np.where(known, smooth.argmax(axis=1), UNKNOWN_HOUR).astype(np.int8)
