"""Works a batch of things; when it raises, its halves, down to the one that does: the rest goes on."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import psycopg

from engine.errors import ServiceError

T = TypeVar("T")


def work_apart(things: Sequence[T], work: Callable[[Sequence[T]], object]) -> list[tuple[T, Exception]]:
    """Work everything that can be worked; the things that raise even alone, each with what it raised.

    A server that cannot be reached is nobody's fault: ``ServiceError`` and its like are raised.

    >>> done = []
    >>> def work(numbers):
    ...     assert 3 not in numbers
    ...     done.extend(numbers)
    >>> [number for number, _ in work_apart([1, 2, 3, 4], work)], done
    ([3], [1, 2, 4])
    """
    if not things:
        return []
    try:
        work(things)
        return []
    except (ServiceError, psycopg.OperationalError):
        raise
    except Exception as fault:  # whatever one of them raises, the others must be worked
        if len(things) == 1:
            return [(things[0], fault)]
    middle = len(things) // 2
    return work_apart(things[:middle], work) + work_apart(things[middle:], work)
