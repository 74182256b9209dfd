"""Keyset paging: a page ends with an opaque cursor to what follows; nothing is skipped or told twice."""

import base64
import json
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from engine.errors import AccessError

MOST = 500

Row = TypeVar("Row")

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many, at most.")]
After = Annotated[
    str, Query(max_length=500, description="`next` of the page before; empty: from the beginning.")
]


class Page(BaseModel, Generic[Row]):
    """Part of a list, and where it goes on."""

    items: list[Row]
    next: str | None = Field(None, description="Ask with `after=` this for what follows; null: that was all.")


def cursor(*key: Any) -> str:
    """The place behind a row with this key.

    >>> place_of(cursor("2026-11-13", 7), str, int)
    ['2026-11-13', 7]
    """
    return base64.urlsafe_b64encode(json.dumps(key, default=str).encode()).decode().rstrip("=")


def place_of(after: str, *types: type) -> list[Any] | None:
    """The key a cursor stands for, ``None`` for the beginning; ``AccessError`` for what is none of ours."""
    if not after:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if len(key) != len(types):
            raise ValueError(after)
        return [type_(part) for type_, part in zip(types, key, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise AccessError("not a cursor of this list", place="after", code="page.cursor") from None


def cut(rows: Sequence[Row], most: int, key: Any) -> tuple[list[Row], str | None]:
    """The page's rows and the cursor of the next one, of rows that were read one too many.

    ``key`` gives the key of a row as a tuple.
    """
    if len(rows) <= most:
        return list(rows), None
    page = list(rows[:most])
    return page, cursor(*key(page[-1]))
