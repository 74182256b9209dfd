"""Sets of row numbers and ids in arrays: the distinct ones, and what is left without some others.

NumPy's own ``unique`` and ``setdiff1d`` go through a hash table, which takes some forty times as long as
a sort where numbers lie side by side or are put together of two: just what rows and ids are.
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Number = TypeVar("_Number", bound=np.integer[Any])


def distinct(values: NDArray[_Number]) -> NDArray[_Number]:
    """The values that occur, each once, ascending; shape (n,), dtype kept.

    >>> distinct(np.array([7, 3, 7, 5])).tolist()
    [3, 5, 7]
    """
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def without(rows: NDArray[_Number], others: NDArray[_Number]) -> NDArray[_Number]:
    """``rows`` in their order, those left out that are among ``others``; shape (n,), dtype kept.

    >>> without(np.array([4, 2, 9]), np.array([2, 3])).tolist()
    [4, 9]
    """
    if not len(others):
        return rows
    return rows[np.isin(rows, others, invert=True)]
