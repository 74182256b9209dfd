"""Business dates in the database: opened once, worked shard by shard, closed when they balance."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from storage import partitions

SHARDS = 256
"""How finely persons are cut; a run takes contiguous ranges of these."""


@dataclass(frozen=True)
class RunRow:
    """One row of ``run``."""

    id: int
    state: str
    shards: int
    accounts: int
    shadow: bool
    manifest: dict[str, Any]


def count_shards(accounts: int, most: int) -> int:
    """Into how many shards a run cuts its accounts, with about ``most`` in each: a power of two.

    So all shards are equal, and the workers done at the same time; and a book that grows keeps its shards,
    and with them what the run before has read.

    >>> count_shards(300, 65_536), count_shards(1_000_000, 65_536), count_shards(90_000_000, 65_536)
    (1, 16, 256)
    """
    return min(1 << (max(-(-accounts // most), 1) - 1).bit_length(), SHARDS)


def lock_opening(connection: psycopg.Connection, portfolio_id: int) -> None:
    """Let one process at a time open dates of a portfolio, until its transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('cadencia.open'), %s)", [portfolio_id])


def find(connection: psycopg.Connection, portfolio_id: int, day: date) -> RunRow | None:
    """The run of a business date, if it was opened (or skipped)."""
    row = connection.execute(
        "SELECT id, state, shards, accounts, shadow, manifest FROM run"
        " WHERE portfolio_id = %s AND business_date = %s",
        [portfolio_id, day],
    ).fetchone()
    return None if row is None else RunRow(*row)


def newest(connection: psycopg.Connection, portfolio_id: int) -> date | None:
    """The newest business date ever opened."""
    row = connection.execute(
        "SELECT max(business_date) FROM run WHERE portfolio_id = %s AND state <> 'skipped'", [portfolio_id]
    ).fetchone()
    return row[0] if row else None


def open_date(
    connection: psycopg.Connection,
    portfolio_id: int,
    day: date,
    *,
    accounts: int,
    shards: int,
    shadow: bool,
    manifest: dict[str, Any],
) -> RunRow:
    """Open a date, once: the loser of two openings gets the winner's row. Dates missed are ``skipped``.

    A date that was skipped itself, because its book came too late, can still be opened.
    """
    partitions.ensure(connection, day)
    previous = newest(connection, portfolio_id)
    if previous is not None:
        connection.execute(
            "INSERT INTO run (portfolio_id, business_date, state)"
            " SELECT %(portfolio)s, missed::date, 'skipped'"
            " FROM generate_series(%(previous)s::date + 1, %(day)s::date - 1, '1 day') missed"
            " ON CONFLICT DO NOTHING",
            {"portfolio": portfolio_id, "previous": previous, "day": day},
        )
    connection.execute(
        "INSERT INTO run (portfolio_id, business_date, state, shadow, shards, accounts, manifest)"
        " VALUES (%s, %s, 'open', %s, %s, %s, %s) ON CONFLICT (portfolio_id, business_date) DO UPDATE"
        " SET state = 'open', shadow = excluded.shadow, shards = excluded.shards,"
        " accounts = excluded.accounts, manifest = excluded.manifest, opened_at = clock_timestamp()"
        " WHERE run.state = 'skipped'",
        [portfolio_id, day, shadow, shards, accounts, Jsonb(manifest)],
    )
    run = find(connection, portfolio_id, day)
    assert run is not None  # inserted above, or by whom we lost to
    connection.execute(
        "INSERT INTO run_shard (run_id, shard) SELECT %s, generate_series(0, %s - 1) ON CONFLICT DO NOTHING",
        [run.id, run.shards],
    )
    return run


def skip(connection: psycopg.Connection, portfolio_id: int, day: date, reason: str) -> bool:
    """Note that a date was not opened and why; ``False`` when it has a row already."""
    return bool(
        connection.execute(
            "INSERT INTO run (portfolio_id, business_date, state, fuse) VALUES (%s, %s, 'skipped', %s)"
            " ON CONFLICT DO NOTHING RETURNING 1",
            [portfolio_id, day, Jsonb({"not_opened": reason})],
        ).fetchone()
    )


def shard_range(shard: int, shards: int) -> tuple[int, int]:
    """First and last person shard of a run's shard.

    >>> [shard_range(number, 3) for number in range(3)]
    [(0, 84), (85, 169), (170, 255)]
    """
    return shard * SHARDS // shards, (shard + 1) * SHARDS // shards - 1


def open_shards(connection: psycopg.Connection, run_id: int) -> list[int]:
    """The shards of a run that are not done."""
    rows = connection.execute(
        "SELECT shard FROM run_shard WHERE run_id = %s AND state <> 'done' ORDER BY shard", [run_id]
    ).fetchall()
    return [shard for (shard,) in rows]


_CLASS = 0x63616473
"""Namespace of the locks on the shards of a run: "cads"."""


def claim_shard(connection: psycopg.Connection, run_id: int) -> int | None:
    """A shard that is not done and that no living process works on; ``None`` when there is none.

    It stays claimed until :func:`let_go`, or until the connection ends with its process.
    """
    for shard in open_shards(connection, run_id):
        claimed = connection.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", [_CLASS, _claim(run_id, shard)]
        ).fetchone()
        if claimed is not None and claimed[0]:
            if not is_done(connection, run_id, shard):
                return shard
            let_go(connection, run_id, shard)
    return None


def let_go(connection: psycopg.Connection, run_id: int, shard: int) -> None:
    """Give a claimed shard back, done or not."""
    connection.execute("SELECT pg_advisory_unlock(%s, %s)", [_CLASS, _claim(run_id, shard)])


def _claim(run_id: int, shard: int) -> int:
    return (run_id * SHARDS + shard) % (1 << 31)


def begin_shard(connection: psycopg.Connection, run_id: int, shard: int) -> int | None:
    """The number of this try of a shard; ``None`` when it is done already or the run is no longer open."""
    row = connection.execute(
        "UPDATE run_shard s SET state = 'working', tries = tries + 1 FROM run r"
        " WHERE r.id = s.run_id AND r.state = 'open' AND s.run_id = %s AND s.shard = %s"
        " AND s.state <> 'done' RETURNING s.tries",
        [run_id, shard],
    ).fetchone()
    return None if row is None else int(row[0])


def is_done(connection: psycopg.Connection, run_id: int, shard: int) -> bool:
    """Whether another try of a shard was first."""
    row = connection.execute(
        "SELECT state = 'done' FROM run_shard WHERE run_id = %s AND shard = %s", [run_id, shard]
    ).fetchone()
    return bool(row and row[0])


def finish_shard(
    connection: psycopg.Connection,
    run_id: int,
    shard: int,
    snapshot: str,
    sha256: str,
    timings: dict[str, float],
) -> bool:
    """Mark a shard done in the transaction of its decisions; ``False`` when another try was first."""
    return bool(
        connection.execute(
            "UPDATE run_shard SET state = 'done', snapshot = %s, snapshot_hash = %s, timings = %s,"
            " done_at = clock_timestamp() WHERE run_id = %s AND shard = %s AND state <> 'done' RETURNING 1",
            [snapshot, sha256, Jsonb(timings), run_id, shard],
        ).fetchone()
    )


def shards_unlike_their_line(connection: psycopg.Connection) -> list[tuple[int, int]]:
    """Run and number of the shards whose snapshot is not the one the ledger names (while it is kept)."""
    return connection.execute(
        """SELECT s.run_id, s.shard FROM run_shard s JOIN run r ON r.id = s.run_id
           WHERE s.state = 'done' AND r.business_date >= (SELECT min(at)::date FROM ledger) AND NOT EXISTS (
               SELECT 1 FROM ledger l WHERE l.subject = 'run:' || s.run_id AND l.kind = 'run.shard_done'
                 AND (l.body->>'shard')::int = s.shard AND l.body->>'sha256' = s.snapshot_hash)
           ORDER BY 1, 2"""
    ).fetchall()


def earlier_snapshot(connection: psycopg.Connection, run_id: int, shard: int) -> tuple[str, str] | None:
    """Address and hash of the snapshot the run before this one took of the same persons, if any."""
    return connection.execute(
        "SELECT s.snapshot, s.snapshot_hash FROM run r"
        " JOIN run b ON b.portfolio_id = r.portfolio_id AND b.shards = r.shards"
        "  AND b.business_date < r.business_date AND b.state <> 'skipped'"
        " JOIN run_shard s ON s.run_id = b.id AND s.shard = %s AND s.state = 'done'"
        " WHERE r.id = %s ORDER BY b.business_date DESC LIMIT 1",
        [shard, run_id],
    ).fetchone()


def counted(connection: psycopg.Connection, run_id: int) -> int:
    """How many accounts the shards of a run counted."""
    row = connection.execute(
        "SELECT coalesce(sum(accounts), 0) FROM close_figure WHERE run_id = %s", [run_id]
    ).fetchone()
    return int(row[0]) if row else 0


def set_state(connection: psycopg.Connection, run_id: int, state: str, fuse: dict[str, Any]) -> None:
    """Close (or fail, or hold) a run."""
    connection.execute(
        "UPDATE run SET state = %s, fuse = %s, closed_at = clock_timestamp() WHERE id = %s",
        [state, Jsonb(fuse), run_id],
    )


RELEASED = """(m.released AND coalesce(m.run_id, 0) <> ALL (ARRAY(
    SELECT r.id FROM run r WHERE r.released_at IS NULL AND NOT r.shadow AND r.state <> 'skipped')))"""
"""SQL: senders may have message ``m``. A run lets go of its messages by its one row, not by touching each."""


def release(connection: psycopg.Connection, run_id: int) -> int:
    """Let the senders have the messages of a closed run; how many."""
    connection.execute("UPDATE run SET released_at = clock_timestamp() WHERE id = %s", [run_id])
    row = connection.execute(
        "SELECT count(*) FROM message m JOIN run r ON r.id = m.run_id AND m.local_on = r.business_date"
        " WHERE r.id = %s AND m.released",
        [run_id],
    ).fetchone()
    return int(row[0]) if row else 0
