"""Close a business date: the figures must add up to the accounts, then the fuse decides on the release."""

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

import psycopg

from api.clock import BusinessClock
from api.delivery.crash_points import IN_CLOSE, UNHARMED, CrashPoints
from engine.daily_close import sentence
from engine.errors import CloseError
from engine.vocabulary import Bucket
from storage import runs
from storage.database import Database
from storage.ledger import append_line

FUSE_FACTOR = 1.3
FUSE_DATES = 4
LONGEST_DEFERRAL_DAYS = 92
"""Nothing is put off for longer than this, so older verdicts need not be looked at."""
DEFAULT_CEILING = 100_000
"""Messages of a day while there are fewer than four comparable dates, unless the portfolio says otherwise."""


@dataclass(frozen=True)
class Closed:
    """How a date closed: one bucket per account, the messages, and whether they were released."""

    run_id: int
    day: date
    state: str
    accounts: int
    figures: list[tuple[Bucket, str, int]]
    messages: int
    fuse: dict[str, Any]

    def line(self) -> dict[str, object]:
        """What the ledger keeps of it."""
        figures = [[bucket.word, reason, count] for bucket, reason, count in self.figures]
        return {"day": str(self.day), "accounts": self.accounts, "figures": figures, "fuse": self.fuse}

    def sentence(self) -> str:
        """The close in one Spanish sentence."""
        return sentence(self.accounts, [(bucket, count) for bucket, _, count in self.figures])


def close_day(database: Database, run_id: int, crash: CrashPoints = UNHARMED) -> Closed:
    """Close a run whose shards are all done; closing again only reads.

    Raises ``CloseError`` naming accounts when the figures do not add up: nothing is released then.
    """
    with database.connection() as connection:
        run = connection.execute(
            "SELECT portfolio_id, state, accounts, shadow FROM run WHERE id = %s FOR UPDATE",
            [run_id],
        ).fetchone()
        assert run is not None  # callers opened it
        portfolio_id, state, accounts, shadow = run
        waiting = runs.open_shards(connection, run_id)
        if state in ("open", "failed") and not waiting:
            _close(connection, run_id, portfolio_id, accounts, shadow)
            closed = _read(connection, run_id)
            append_line(
                connection,
                BusinessClock(database).now(),
                f"run.{closed.state}",
                f"run:{run_id}",
                closed.line(),
            )
            crash(IN_CLOSE)
    with database.connection() as connection:
        closed = _read(connection, run_id)
    if closed.state == "failed":
        raise _unbalanced(database, closed)
    return closed


def _close(
    connection: psycopg.Connection, run_id: int, portfolio_id: int, accounts: int, shadow: bool
) -> None:
    counted = runs.counted(connection, run_id)
    if counted != accounts:
        runs.set_state(connection, run_id, "failed", {"counted": counted, "accounts": accounts})
        return
    fuse = _fuse(connection, run_id, portfolio_id)
    runs.set_state(connection, run_id, "held" if fuse["blown"] else "closed", fuse)
    if not fuse["blown"] and not shadow:
        runs.release(connection, run_id)


def _fuse(connection: psycopg.Connection, run_id: int, portfolio_id: int) -> dict[str, Any]:
    """Whether so many messages are plausible (03, point 18); too few only alarm."""
    messages, countries, due = _volume(connection, run_id)
    earlier = [
        row[0]
        for row in connection.execute(
            "SELECT (fuse->>'messages')::int FROM run"
            " WHERE portfolio_id = %s AND id <> %s AND state = 'closed'"
            " AND (fuse->>'countries')::int = %s ORDER BY business_date DESC LIMIT %s",
            [portfolio_id, run_id, countries, FUSE_DATES],
        )
    ]
    if len(earlier) < FUSE_DATES:
        row = connection.execute("SELECT settings FROM portfolio WHERE id = %s", [portfolio_id]).fetchone()
        ceiling = int((row[0] if row else {}).get("fuse_ceiling", DEFAULT_CEILING))
    else:
        ceiling = int(FUSE_FACTOR * median(earlier)) + due
    few = len(earlier) == FUSE_DATES and messages < 0.5 * median(earlier)
    return {
        "messages": messages,
        "countries": countries,
        "ceiling": ceiling,
        "blown": messages > ceiling,
        "too_few": few,
    }


def _volume(connection: psycopg.Connection, run_id: int) -> tuple[int, int, int]:
    """Messages of the run, the countries they go to, and how many deferrals of its portfolio fell due.

    The dates say which months have to be looked through.
    """
    row = connection.execute(
        """SELECT count(m.id), count(DISTINCT m.country), (
               SELECT count(*) FROM verdict v JOIN run e ON e.id = v.run_id
               WHERE e.portfolio_id = r.portfolio_id AND v.until_on = r.business_date
                 AND v.decided_on < r.business_date AND v.decided_on > r.business_date - %(longest)s)
           FROM run r LEFT JOIN message m ON m.run_id = r.id AND m.local_on = r.business_date
           WHERE r.id = %(run)s GROUP BY r.id""",
        {"run": run_id, "longest": LONGEST_DEFERRAL_DAYS},
    ).fetchone()
    return (int(row[0]), int(row[1]), int(row[2])) if row else (0, 0, 0)


def _read(connection: psycopg.Connection, run_id: int) -> Closed:
    day, state, accounts, fuse = connection.execute(
        "SELECT business_date, state, accounts, fuse FROM run WHERE id = %s", [run_id]
    ).fetchall()[0]
    figures = connection.execute(
        "SELECT bucket, reason, sum(accounts)::int FROM close_figure WHERE run_id = %s"
        " GROUP BY 1, 2 ORDER BY 1, 3 DESC",
        [run_id],
    ).fetchall()
    return Closed(
        run_id,
        day,
        state,
        accounts,
        [(Bucket(bucket), reason, count) for bucket, reason, count in figures],
        int(fuse.get("messages", 0)),
        fuse,
    )


def _unbalanced(database: Database, closed: Closed) -> CloseError:
    with database.connection() as connection:
        rows = connection.execute(
            """SELECT a.number FROM account a JOIN run r ON r.portfolio_id = a.portfolio_id
               WHERE r.id = %s AND a.id <= (r.manifest->'book'->>'newest_id')::bigint
                 AND NOT EXISTS (SELECT 1 FROM enrolment e WHERE e.account_id = a.id) LIMIT 5""",
            [closed.run_id],
        ).fetchall()
    counted = sum(count for _, _, count in closed.figures)
    return CloseError(
        f"{closed.day}: {counted} accounts counted, {closed.accounts} in the book; nothing is released",
        place=", ".join(number for (number,) in rows),
        hint="look at the accounts named, then run the date again",
    )
