"""Many ids as one parameter of a statement: a NumPy array as PostgreSQL's own ``bigint[]``."""

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

_ARRAY_OF_BIGINT, _BIGINT = 1016, 20
_HEAD = np.dtype([(name, ">i4") for name in ("dimensions", "nulls", "type", "size", "first")])
_ELEMENT = np.dtype([("octets", ">i4"), ("value", ">i8")])


class Bigints:
    """Ids (``int64``) to be written as they are; a list of as many takes a hundred times as long.

    >>> len(BigintsDumper(Bigints, None).dump(Bigints(np.arange(3)))) == 20 + 3 * 12
    True
    """

    def __init__(self, values: NDArray[np.int64]) -> None:
        self.values = values


class BigintsDumper(Dumper):
    """Writes :class:`Bigints` in the binary format of arrays (PostgreSQL ``array_recv``)."""

    format = Format.BINARY
    oid = _ARRAY_OF_BIGINT

    def dump(self, obj: Bigints) -> bytes:
        """The head of an array of one dimension, then each element behind its length."""
        head = np.array([(1, 0, _BIGINT, len(obj.values), 1)], _HEAD)
        elements = np.empty(len(obj.values), _ELEMENT)
        elements["octets"], elements["value"] = 8, obj.values
        return head.tobytes() + elements.tobytes()


psycopg.adapters.register_dumper(Bigints, BigintsDumper)
