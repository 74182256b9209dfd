"""Save a strategy being drawn: over the revision one has seen, finished or not."""

import json
from collections.abc import Mapping
from typing import Any

from api.clock import Clock
from engine.errors import StrategyError
from storage import drafts
from storage.database import Database
from storage.ledger import append_line

MOST_BYTES = 1_000_000


def save_draft(
    database: Database,
    clock: Clock,
    portfolio_id: int,
    key: str,
    document: Mapping[str, Any],
    *,
    seen: int,
    by: str,
) -> int:
    """Save; the new revision. ``StaleError`` when somebody saved since, ``StrategyError`` for another key."""
    if document.get("key", key) != key:
        raise StrategyError(f"the document is of {document['key']!r}", place="key", code="draft.key")
    if len(json.dumps(document)) > MOST_BYTES:
        raise StrategyError("the document is larger than 1 MB", place=key, code="strategy.size")
    now = clock.now()
    with database.connection() as connection:
        revision = drafts.save(connection, portfolio_id, key, document, seen, by, now)
        body = {"portfolio_id": portfolio_id, "revision": revision, "by": by}
        append_line(connection, now, "strategy.draft_saved", f"strategy:{key}", body)
    return revision


def drop_draft(database: Database, clock: Clock, portfolio_id: int, key: str, *, seen: int, by: str) -> None:
    """Throw a draft away; ``StaleError`` when somebody saved since."""
    with database.connection() as connection:
        drafts.drop(connection, portfolio_id, key, seen)
        body = {"portfolio_id": portfolio_id, "by": by}
        append_line(connection, clock.now(), "strategy.draft_dropped", f"strategy:{key}", body)
