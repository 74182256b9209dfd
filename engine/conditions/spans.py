"""Sets of whole numbers as sorted, disjoint, closed ranges; the ends of 64 bits stand for "without end".

Every comparison means that one number of the account (its value, its day, the code of its word) lies
in such a set, which serves the columns and the reasoning alike.
"""

from collections.abc import Iterable

LEAST, MOST = -(2**63), 2**63 - 1

Spans = tuple[tuple[int, int], ...]

NOTHING: Spans = ()
EVERYTHING: Spans = ((LEAST, MOST),)


def of(ranges: Iterable[tuple[int, int]]) -> Spans:
    """The union of closed ranges; ranges that meet become one, empty ones vanish.

    >>> of([(5, 9), (1, 4), (20, 10)])
    ((1, 9),)
    """
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if low > high:
            continue
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def outside(spans: Spans) -> Spans:
    """Every number the set lacks.

    >>> outside(((LEAST, 0), (5, 5)))
    ((1, 4), (6, 9223372036854775807))
    """
    edges = [LEAST - 1, *(edge for span in spans for edge in span), MOST + 1]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return of((below + 1, above - 1) for below, above in gaps)


def both(one: Spans, other: Spans) -> Spans:
    """The numbers in both sets.

    >>> both(((1, 10),), ((LEAST, 3), (8, MOST)))
    ((1, 3), (8, 10))
    """
    return of((max(a, c), min(b, d)) for a, b in one for c, d in other)


def moved(spans: Spans, distance: int) -> Spans:
    """The set moved along the line; its open ends stay open.

    >>> moved(((LEAST, -1), (0, 7)), 100)
    ((-9223372036854775808, 99), (100, 107))
    """
    return tuple(
        (low if low == LEAST else low + distance, high if high == MOST else high + distance)
        for low, high in spans
    )
