"""Moves open enrolments to other nodes or versions, or ends them; what they queued goes with them.

The caller owns the person shards (:mod:`storage.person_lock`).
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime

import psycopg

from engine.vocabulary import EnrolmentState, MessageState
from storage.versions import IN_FLIGHT

_UNSENT = f"{int(MessageState.QUEUED)}, {int(MessageState.LEASED)}"
_MOVING, _SENDING, _ENDED = (
    int(state) for state in (EnrolmentState.MOVING, EnrolmentState.SENDING, EnrolmentState.ENDED)
)
_WAITING = int(EnrolmentState.WAITING)


@dataclass(frozen=True)
class Relocation:
    """Where the enrolments at one node (code) of one version go; ``ends`` with outcome code ``outcome``."""

    version_id: int
    node: int
    to_version: int
    to_node: int
    keeps_place: bool
    keeps_message: bool
    shift_days: int
    ends: bool
    outcome: int = 0
    stays: bool = False
    """Nobody moves from here; whoever has a message on its way goes on from where its outcome takes it."""


@dataclass(frozen=True)
class Relocated:
    """Enrolments that moved, ended, or will follow the outcome of their message; messages withdrawn."""

    moved: int
    ended: int
    in_flight: int
    withdrawn: int


def relocate(
    connection: psycopg.Connection,
    portfolio_id: int,
    relocations: Sequence[Relocation],
    day: date,
    now: datetime,
    *,
    rate: float = 1.0,
    overdue_by: date | None = None,
    publication_id: int | None = None,
    followers: bool = False,
) -> Relocated:
    """Apply relocations on the newest opened ``day``.

    Of the waits that would fall due at once by a shift, the part ``rate`` (0..1] does so a day. With
    ``overdue_by`` only enrolments whose date had come by then are touched. The moves of a publication
    are kept so that they can be undone, and whoever has a message on its way is noted to follow; with
    ``followers`` only those are moved.
    """
    _stage(connection, portfolio_id, relocations, overdue_by, publication_id if followers else None)
    if publication_id is not None:
        _note(connection, portfolio_id, publication_id)
    in_flight = _count(connection, "in_flight")
    withdrawn = _withdraw(connection, now)
    _spread(connection, day, rate)
    ended, moved = (
        _count(connection, "ends AND NOT in_flight"),
        _count(connection, "NOT ends AND NOT in_flight"),
    )
    connection.execute(
        f"""UPDATE enrolment e SET version_id = r.to_version, node = r.to_node, revision = e.revision + 1,
                state = CASE WHEN r.ends THEN {_ENDED} WHEN r.anew THEN {_MOVING} ELSE e.state END,
                visit = e.visit + (NOT r.ends AND NOT r.keeps_place)::int,
                due_on = CASE WHEN r.ends THEN NULL WHEN r.anew THEN %(day)s::date ELSE r.due_on END,
                arrived_on = CASE WHEN r.ends OR r.keeps_place THEN e.arrived_on ELSE %(day)s::date END,
                deferrals = CASE WHEN r.ends OR r.keeps_place THEN e.deferrals ELSE 0 END,
                ended_on = CASE WHEN r.ends THEN %(day)s::date END, outcome = r.outcome, signal = NULL
            FROM relocated r WHERE e.id = r.id AND NOT r.in_flight""",
        {"day": day},
    )
    if publication_id is not None:
        _note_after(connection, publication_id)
    connection.execute("DROP TABLE relocated, relocation")
    return Relocated(moved, ended, in_flight, withdrawn)


def withdraw_strategy(connection: psycopg.Connection, strategy_id: int, reason: str, now: datetime) -> int:
    """Take back what a strategy has queued; its enrolments put their message off. How many messages."""
    touched = connection.execute(
        f"""UPDATE message_item i SET alive = false FROM message m, enrolment e
            WHERE m.id = i.message_id AND m.local_on = i.local_on AND m.state IN ({_UNSENT}) AND i.alive
              AND i.cause_kind = 1 AND e.id = i.cause_id AND e.strategy_id = %s RETURNING i.message_id""",
        [strategy_id],
    ).fetchall()
    return _withdraw_messages(connection, [key for (key,) in touched], reason, now)


def _stage(
    connection: psycopg.Connection,
    portfolio_id: int,
    relocations: Sequence[Relocation],
    overdue_by: date | None,
    followed: int | None,
) -> None:
    connection.execute(
        """CREATE TEMP TABLE relocation (version_id int, node smallint, to_version int, to_node smallint,
               keeps_place boolean, keeps_message boolean, shift_days int, ends boolean, outcome smallint,
               stays boolean)
           ON COMMIT DROP"""
    )
    with connection.cursor().copy("COPY relocation FROM STDIN") as copy:
        for each in relocations:
            copy.write_row(astuple(each))
    connection.execute(
        f"""CREATE TEMP TABLE relocated ON COMMIT DROP AS
            SELECT e.id, r.to_version, r.to_node, r.keeps_place, r.keeps_message, r.ends, r.outcome,
                   {IN_FLIGHT} AS in_flight,
                   NOT r.keeps_place OR (e.state = {_SENDING} AND NOT r.keeps_message) AS anew,
                   CASE WHEN e.state = {_WAITING} THEN e.due_on + r.shift_days ELSE e.due_on END AS due_on,
                   e.due_on AS due_before
            FROM enrolment e JOIN relocation r ON r.version_id = e.version_id AND r.node = e.node
            WHERE e.portfolio_id = %(portfolio)s AND e.state <> {_ENDED} AND (NOT r.stays OR {IN_FLIGHT})
              AND (%(by)s::date IS NULL OR (e.state <> {_SENDING} AND e.due_on <= %(by)s::date))
              AND (%(followed)s::bigint IS NULL OR EXISTS (
                  SELECT 1 FROM enrolment_move w
                  WHERE w.publication_id = %(followed)s AND w.enrolment_id = e.id AND w.waiting))""",
        {"portfolio": portfolio_id, "by": overdue_by, "followed": followed},
    )


def _note(connection: psycopg.Connection, portfolio_id: int, publication_id: int) -> None:
    """Keep where the publication found everyone; an earlier one is no longer followed."""
    connection.execute(
        "DELETE FROM enrolment_move m USING relocated r WHERE m.enrolment_id = r.id AND m.waiting"
        " AND (m.publication_id <> %s OR NOT r.in_flight)",
        [publication_id],
    )
    connection.execute(
        """INSERT INTO enrolment_move (publication_id, enrolment_id, portfolio_id, waiting, version_id, node,
               state, visit, due_on, arrived_on, deferrals)
           SELECT %s, e.id, %s, r.in_flight, e.version_id, e.node, e.state, e.visit, e.due_on, e.arrived_on,
                  e.deferrals
           FROM relocated r JOIN enrolment e ON e.id = r.id ON CONFLICT DO NOTHING""",
        [publication_id, portfolio_id],
    )


def _note_after(connection: psycopg.Connection, publication_id: int) -> None:
    """Keep where the publication put them: whoever stands elsewhere later has gone on since."""
    connection.execute(
        """UPDATE enrolment_move m SET to_version = e.version_id, to_node = e.node, to_state = e.state,
               to_visit = e.visit, to_due_on = e.due_on
           FROM relocated r JOIN enrolment e ON e.id = r.id
           WHERE m.publication_id = %s AND m.enrolment_id = e.id AND NOT r.in_flight""",
        [publication_id],
    )


def _withdraw(connection: psycopg.Connection, now: datetime) -> int:
    touched = connection.execute(
        f"""UPDATE message_item i SET alive = false FROM relocated r, message m
            WHERE i.cause_kind = 1 AND i.cause_id = r.id AND i.alive AND NOT (r.keeps_message OR r.in_flight)
              AND m.id = i.message_id AND m.local_on = i.local_on AND m.state IN ({_UNSENT})
            RETURNING i.message_id"""
    ).fetchall()
    return _withdraw_messages(connection, [key for (key,) in touched], "new_version", now)


def _withdraw_messages(
    connection: psycopg.Connection, ids: Sequence[object], reason: str, now: datetime
) -> int:
    """Withdraw the messages that have no item left."""
    return connection.execute(
        f"""UPDATE message m SET state = {int(MessageState.WITHDRAWN)}, reason = %s, settled_at = %s,
                fence = fence + 1, leased_by = NULL, leased_until = NULL
            WHERE m.id = ANY(%s) AND m.state IN ({_UNSENT})
              AND NOT EXISTS (SELECT 1 FROM message_item i WHERE i.message_id = m.id AND i.alive)""",
        [reason, now, sorted(set(ids), key=str)],
    ).rowcount


def _spread(connection: psycopg.Connection, day: date, rate: float) -> None:
    """Waits that an edit makes due at once come due in equal parts, the longest overdue first."""
    connection.execute(
        """UPDATE relocated r
           SET due_on = %(day)s::date + 1 + (f.place / greatest(ceil(f.many * %(rate)s), 1)::int)::int
           FROM (SELECT id, row_number() OVER (PARTITION BY to_node ORDER BY due_on, id) - 1 AS place,
                        count(*) OVER (PARTITION BY to_node) AS many
                 FROM relocated WHERE NOT anew AND NOT ends AND NOT in_flight
                   AND due_on <= %(day)s::date + 1 AND due_before > %(day)s::date + 1) f
           WHERE f.id = r.id""",
        {"day": day, "rate": rate},
    )


def _count(connection: psycopg.Connection, condition: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM relocated WHERE {condition}").fetchone()
    return int(row[0]) if row else 0
