"""Conditions by the naive reading of the rules, row by row, and generated conditions and accounts.

An account is a plain mapping: dates as dates, sets as frozensets, ``None`` for what is unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine.book import Book
from engine.days import day_number
from engine.facts import BUCKETS, CATALOGUE, CHANNELS

Account = Mapping[str, Any]
Json = dict[str, Any]

TODAY = date(2026, 11, 13)
PRODUCTS = ("auto", "card", "loan", "phone", "rent", "school", "travel", "water")
LABELS = ("asked_plan", "callback", "moved", "vip")
STATUSES = tuple(word for word in CATALOGUE["account_status"].values if word)
VERIFIED = tuple(word for word in CHANNELS if word)


# ---------------------------------------------------------------- the reference


def truth(condition: Json, account: Account) -> bool | None:
    """``True``, ``False`` or ``None`` (unknown), as SQL would say."""
    if "not" in condition:
        inner = truth(condition["not"], account)
        return None if inner is None else not inner
    if "all" in condition:
        parts = [truth(part, account) for part in condition["all"]]
        return False if False in parts else None if None in parts else True
    if "any" in condition:
        parts = [truth(part, account) for part in condition["any"]]
        return True if True in parts else None if None in parts else False
    known = fact(condition["fact"], account)
    if condition["op"] == "is_unknown":
        return known is None
    if condition["op"] == "is_known":
        return known is not None
    return None if known is None else _COMPARE[condition["op"]](known, _python(condition["value"]))


def fact(name: str, account: Account) -> Any:
    """A fact of an account on :data:`TODAY`, derived where the catalogue says so."""
    due = account.get("effective_due_on")
    if name in ("days_past_due", "bucket"):
        owed = account.get("amount_to_cure")
        late = 0 if owed is not None and owed <= 0 else None if due is None else max((TODAY - due).days, 0)
        if name == "days_past_due" or late is None:
            return late
        return next(
            band for band, most in zip(BUCKETS, (0, 30, 60, 90, 120, 180, 10**9), strict=True) if late <= most
        )
    if name == "days_to_due":
        return None if due is None else (due - TODAY).days
    if name == "days_since_payment":
        paid = account.get("last_payment_on")
        return None if paid is None else (TODAY - paid).days
    return account.get(name)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda known, value: known == value,
    "!=": lambda known, value: known != value,
    "<": lambda known, value: known < value,
    "<=": lambda known, value: known <= value,
    ">": lambda known, value: known > value,
    ">=": lambda known, value: known >= value,
    "between": lambda known, value: value[0] <= known <= value[1],
    "before": lambda known, value: known < value,
    "after": lambda known, value: known > value,
    "within_days": lambda known, value: TODAY <= known <= TODAY + timedelta(value),
    "days_ago": lambda known, value: TODAY - timedelta(value) <= known <= TODAY,
    "in": lambda known, value: known in value,
    "not_in": lambda known, value: known not in value,
    "has": lambda known, value: value in known,
    "has_any": lambda known, value: any(word in known for word in value),
    "has_not": lambda known, value: value not in known,
    "is": lambda known, value: known is value,
}


def _python(value: Any) -> Any:
    """ISO dates as dates; everything else as it is."""
    return date.fromisoformat(value) if isinstance(value, str) and value[:2] == "20" else value


# ---------------------------------------------------------------- accounts as a book


def book_of(accounts: Sequence[Account]) -> Book:
    """The accounts as coded columns; what is unknown holds garbage under the known-mask."""
    columns: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for name, (code, dtype, garbage) in _CODES.items():
        values = [account[name] for account in accounts]
        columns[name] = np.array([garbage if value is None else code(value) for value in values], dtype)
        if None in values:
            known[name] = np.array([value is not None for value in values])
    return Book(len(accounts), columns, known, {"product": PRODUCTS, "labels": LABELS})


def _bits(words: tuple[str, ...]) -> Callable[[frozenset[str]], int]:
    return lambda chosen: sum(1 << words.index(word) for word in chosen)


_CODES: dict[str, tuple[Callable[[Any], Any], Any, int]] = {
    "effective_due_on": (day_number, np.int32, -7),
    "last_payment_on": (day_number, np.int32, 2**31 - 1),
    "amount_to_cure": (int, np.int64, 0),
    "roll": (int, np.int64, 2),
    "product": (PRODUCTS.index, np.int16, -1),
    "account_status": (CATALOGUE["account_status"].values.index, np.int16, 0),
    "labels": (_bits(LABELS), np.int64, -1),
    "verified_channels": (_bits(CHANNELS), np.int64, 5),
    "on_hold": (bool, np.bool_, True),
}


# ---------------------------------------------------------------- generated ones

days = st.integers(-40, 200).map(lambda late: TODAY - timedelta(late))
amounts = st.integers(-5, 5) | st.sampled_from([-(2**63), 2**63 - 1])


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


accounts = st.fixed_dictionaries(
    {
        "effective_due_on": _maybe(days),
        "last_payment_on": _maybe(days),
        "amount_to_cure": _maybe(amounts),
        "roll": _maybe(st.integers(-2, 4)),
        "product": _maybe(st.sampled_from(PRODUCTS)),
        "account_status": _maybe(st.sampled_from(STATUSES)),
        "labels": _maybe(st.frozensets(st.sampled_from(LABELS))),
        "verified_channels": _maybe(st.frozensets(st.sampled_from(VERIFIED))),
        "on_hold": _maybe(st.booleans()),
    }
)


def _compare(
    names: Sequence[str], ops: Sequence[str], values: st.SearchStrategy[Any]
) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {"fact": st.sampled_from(names), "op": st.sampled_from(ops), "value": values}
    )


def _numbers(names: Sequence[str], values: st.SearchStrategy[int]) -> st.SearchStrategy[Json]:
    bounds = st.tuples(values, values).map(sorted)
    return _compare(names, ["=", "!=", "<", "<=", ">", ">="], values) | _compare(names, ["between"], bounds)


def _words(names: Sequence[str], words: Sequence[str], one: Sequence[str], many: Sequence[str]) -> Any:
    word, some = st.sampled_from(words), st.lists(st.sampled_from(words), min_size=1, max_size=7)
    return _compare(names, one, word) | _compare(names, many, some)


_LIKE, _AMONG, _HAS, _HAS_ANY = ["=", "!="], ["in", "not_in"], ["has", "has_not"], ["has_any"]

presences = st.fixed_dictionaries(
    {
        "fact": st.sampled_from(["roll", "bucket", "labels", "effective_due_on", "on_hold", "credit_limit"]),
        "op": st.sampled_from(["is_unknown", "is_known"]),
    }
)

comparisons: st.SearchStrategy[Json] = st.one_of(
    _numbers(["days_past_due", "days_to_due", "days_since_payment"], st.integers(-40, 200)),
    _numbers(["amount_to_cure", "credit_limit"], amounts),
    _numbers(["roll"], st.integers(-2, 4)),
    _compare(["effective_due_on"], ["=", "before", "after"], days.map(date.isoformat)),
    _compare(["effective_due_on"], ["within_days", "days_ago"], st.integers(0, 60)),
    _words(["product"], [*PRODUCTS, "nowhere"], _LIKE, _AMONG),
    _words(["bucket"], BUCKETS, _LIKE, _AMONG),
    _words(["account_status"], STATUSES, _LIKE, _AMONG),
    _words(["labels"], [*LABELS, "nowhere"], _HAS, _HAS_ANY),
    _words(["verified_channels"], VERIFIED, _HAS, _HAS_ANY),
    _compare(["on_hold"], ["is"], st.booleans()),
    presences,
)


def nested(leaves: st.SearchStrategy[Json], most: int = 12) -> st.SearchStrategy[Json]:
    """Conditions over the given comparisons, with up to ``most`` of them."""
    return st.recursive(
        leaves,
        lambda parts: (
            st.fixed_dictionaries({"all": st.lists(parts, min_size=1, max_size=4)})
            | st.fixed_dictionaries({"any": st.lists(parts, min_size=1, max_size=4)})
            | st.fixed_dictionaries({"not": parts})
        ),
        max_leaves=most,
    )


conditions = nested(comparisons)
