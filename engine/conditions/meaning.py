"""What a comparison says: the set of numbers, days or words for which it is true of a known fact.

All functions take a comparison that passed :func:`engine.conditions.check.check`.
"""

from datetime import date

from engine.conditions.model import Comparison
from engine.conditions.spans import LEAST, MOST, Spans, of, outside
from engine.days import day_number

UNLIKE = frozenset({"!=", "not_in", "has_not"})
"""Operators on words that are true of every known fact but those named."""

RELATIVE = frozenset({"within_days", "days_ago"})
"""Operators on dates that count from the business date."""


def numbers(comparison: Comparison) -> Spans:
    """The numbers (money: minor units) for which a comparison is true.

    >>> (
    ...     numbers(Comparison(fact="roll", op="between", value=[-1, 1])),
    ...     numbers(Comparison(fact="roll", op="!=", value=0)) == ((LEAST, -1), (1, MOST)),
    ... )
    (((-1, 1),), True)
    """
    if isinstance(comparison.value, tuple):
        low, high = (int(bound) for bound in comparison.value)
        return of([(low, high)])
    return _compared(comparison.op, _integer(comparison))


def _integer(comparison: Comparison) -> int:
    assert isinstance(comparison.value, int), comparison
    return comparison.value


def _compared(op: str, value: int) -> Spans:
    match op:
        case "<":
            return of([(LEAST, value - 1)])
        case "<=":
            return of([(LEAST, value)])
        case ">":
            return of([(value + 1, MOST)])
        case ">=":
            return of([(value, MOST)])
        case "!=":
            return outside(((value, value),))
    return ((value, value),)


def days(comparison: Comparison) -> Spans:
    """The days for which a comparison is true: day numbers, or days after the business date if relative.

    ``within_days`` n is today and the n days after it, ``days_ago`` n today and the n days before it.

    >>> days(Comparison(fact="amount_as_of", op="days_ago", value=7))
    ((-7, 0),)
    """
    if comparison.op == "within_days":
        return of([(0, _integer(comparison))])
    if comparison.op == "days_ago":
        return of([(-_integer(comparison), 0)])
    day = day_number(date.fromisoformat(str(comparison.value)))
    return _compared({"before": "<", "after": ">"}.get(comparison.op, "="), day)


def words(comparison: Comparison) -> tuple[str, ...]:
    """The words a comparison names, whether it wants or shuns them (:data:`UNLIKE`).

    >>> words(Comparison(fact="product", op="=", value="card"))
    ('card',)
    """
    value = comparison.value
    return tuple(str(word) for word in value) if isinstance(value, tuple) else (str(value),)


def truths(comparison: Comparison) -> Spans:
    """``is true`` as the number 1, ``is false`` as 0.

    >>> truths(Comparison(fact="on_hold", op="is", value=True))
    ((1, 1),)
    """
    truth = int(bool(comparison.value))
    return ((truth, truth),)
