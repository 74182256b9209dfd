"""The inbox: what providers tell us, stored once before anybody acts on it, and worked in lanes.

A post is answered as soon as its rows are committed. Workers take rows with their locks; what raises is
halved out of its batch and set aside with what it raised, so that the others go on; a kind nobody
understands is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import orjson
import psycopg

from storage.cells import open_or_erased
from storage.person_keys import ensure_keys, keys_of

NUL = b"\\u0000"
"""PostgreSQL's JSON holds every character but this one."""
_OWNER, _BODY = b"inbox", "inbox:body"
"""The inbox has a key of its own beside those of persons: what it holds is nobody's until it is worked."""


class InboxLane(IntEnum):
    """The order of work: a stop never waits behind a million statuses."""

    STOPS = 1
    REPLIES = 2
    STATUSES = 3
    OTHERS = 4


@dataclass(frozen=True, slots=True)
class Arrived:
    """One thing a provider told us; ``event_id`` is its own name for it, the same when told again.

    ``at`` is the business instant it came in; ``body`` is what its reader needs.
    """

    source: str
    event_id: str
    lane: InboxLane
    kind: str
    body: Mapping[str, object]
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row to work; ``body`` is JSON text."""

    id: int
    source: str
    kind: str
    body: str
    at: datetime


def store(connection: psycopg.Connection, arrived: Sequence[Arrived]) -> int:
    """Store what is new; how many rows that were. What was told before changes nothing."""
    if not arrived:
        return 0
    return connection.execute(
        """
        INSERT INTO inbox (source, event_id, lane, kind, body, at)
        SELECT source, event_id, lane, kind, body::jsonb, at
        FROM unnest(%(sources)s::text[], %(events)s::text[], %(lanes)s::smallint[], %(kinds)s::text[],
                    %(bodies)s::text[], %(ats)s::timestamptz[]) AS g(source, event_id, lane, kind, body, at)
        ON CONFLICT (source, event_id) DO NOTHING
        """,
        {
            "sources": [one.source for one in arrived],
            "events": [_plain(one.event_id) for one in arrived],
            "lanes": [int(one.lane) for one in arrived],
            "kinds": [_plain(one.kind) for one in arrived],
            "bodies": _sealed(connection, arrived),
            "ats": [one.at for one in arrived],
        },
    ).rowcount


def take(connection: psycopg.Connection, lane: InboxLane, most: int) -> list[Waiting]:
    """The oldest rows of a lane, locked until the transaction ends; those another worker has are skipped."""
    rows = connection.execute(
        "SELECT id, source, kind, body->>'sealed', body::text, at, event_id FROM inbox"
        " WHERE state = 'new' AND lane = %s ORDER BY lane, id LIMIT %s FOR UPDATE SKIP LOCKED",
        [int(lane), most],
    ).fetchall()
    key = keys_of(connection, [_OWNER]).get(_OWNER) if rows else None
    return [
        Waiting(
            id_, source, kind, open_or_erased(key, sealed, _BODY, event.encode()) if sealed else plain, at
        )
        for id_, source, kind, sealed, plain, at, event in rows
    ]


def settle(connection: psycopg.Connection, row_ids: Sequence[int], state: str = "done") -> None:
    """Rows are worked: ``done``, or ``kept`` when nobody acts on their kind."""
    connection.execute(
        "UPDATE inbox SET state = %s, worked_at = clock_timestamp() WHERE id = ANY(%s)",
        [state, list(row_ids)],
    )


def quarantine(connection: psycopg.Connection, row_id: int, fault: str) -> None:
    """Set aside a row that raises whenever it is worked."""
    connection.execute(
        "UPDATE inbox SET state = 'quarantined', fault = %s, worked_at = clock_timestamp() WHERE id = %s",
        [fault[:500].replace("\0", ""), row_id],
    )


def work_again(connection: psycopg.Connection, row_ids: Sequence[int]) -> int:
    """Give rows that were set aside or kept another chance; how many there were."""
    return connection.execute(
        "UPDATE inbox SET state = 'new', fault = '' WHERE id = ANY(%s) AND state IN ('quarantined', 'kept')",
        [list(row_ids)],
    ).rowcount


@dataclass(frozen=True, slots=True)
class InboxState:
    """How the inbox stands: rows not worked yet, set aside and kept, and the oldest unworked one's age."""

    new: int
    quarantined: int
    kept: int
    lag_s: float


def inbox_state(connection: psycopg.Connection) -> InboxState:
    """Counts by the partial indexes, and the lag in real seconds."""
    row = connection.execute(
        "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)"
        " FROM inbox WHERE state = 'new'"
    ).fetchone()
    aside: dict[str, int] = dict(
        connection.execute(
            "SELECT state, count(*) FROM inbox WHERE state IN ('kept', 'quarantined') GROUP BY state"
        ).fetchall()
    )
    new, lag_s = row or (0, 0.0)
    return InboxState(int(new), aside.get("quarantined", 0), aside.get("kept", 0), float(lag_s))


def forget_worked(connection: psycopg.Connection, before: datetime) -> int:
    """Drop rows worked before an instant; providers repeat a webhook for seven days at most."""
    return connection.execute("DELETE FROM inbox WHERE state = 'done' AND worked_at < %s", [before]).rowcount


def _sealed(connection: psycopg.Connection, arrived: Sequence[Arrived]) -> list[str]:
    """Bodies as they lie in the table: phones and words of people nobody has been matched with yet."""
    key = ensure_keys(connection, [_OWNER])[_OWNER]
    cells = (key.seal(_text(one.body), _BODY, _plain(one.event_id).encode()) for one in arrived)
    return [orjson.dumps({"sealed": cell}).decode() for cell in cells]


def _text(body: Mapping[str, object]) -> str:
    raw = orjson.dumps(body)
    if NUL in raw:
        raw = orjson.dumps(_without_nul(body))
    return raw.decode()


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, Mapping):
        return {_plain(str(key)): _without_nul(inner) for key, inner in value.items()}
    return [_without_nul(inner) for inner in value] if isinstance(value, list) else value


def _plain(text: str) -> str:
    return text.replace("\0", "")
