"""When versions took effect, in the tables: scheduled, put in force, undone; and the moves each made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from engine.vocabulary import EnrolmentState
from storage.versions import IN_FLIGHT

SCHEDULED, IN_FORCE, UNDONE = "scheduled", "in_force", "undone"
Choices = Mapping[str, tuple[str, str]]
"""What becomes of accounts by node of the older versions: stay, move or exit, and the target of a move."""

_ENDED, _SENDING, _MOVING = (
    int(state) for state in (EnrolmentState.ENDED, EnrolmentState.SENDING, EnrolmentState.MOVING)
)


@dataclass(frozen=True)
class Publication:
    """One version of a strategy put in force or waiting for its date; ``choices`` once accounts may move."""

    id: int
    strategy_id: int
    version_id: int
    previous_version_id: int | None
    state: str
    takes_effect_on: date | None
    in_force_since: date | None
    choices: dict[str, list[str]] | None
    rate: float
    by: str


@dataclass(frozen=True)
class Stayed:
    """An account an undoing left where it stands, as it has gone on since; ``node`` is a node's code."""

    account: str
    version_id: int
    node: int


def put_in_force(
    connection: psycopg.Connection,
    strategy_id: int,
    version_id: int,
    since: date | None,
    by: str,
    at: datetime,
) -> int:
    """Let a version take effect now; ``since`` is the newest date opened. The publication's id."""
    row = connection.execute(
        "INSERT INTO publication (strategy_id, version_id, previous_version_id, state, in_force_since, rate,"
        " by, at) SELECT id, %s, active_version_id, %s, %s, 0.2, %s, %s FROM strategy WHERE id = %s"
        " RETURNING id",
        [version_id, IN_FORCE, since, by, at, strategy_id],
    ).fetchone()
    assert row is not None  # the strategy is there
    connection.execute("UPDATE strategy SET active_version_id = %s WHERE id = %s", [version_id, strategy_id])
    return int(row[0])


def schedule(
    connection: psycopg.Connection,
    strategy_id: int,
    version_id: int,
    takes_effect_on: date,
    choices: Choices | None,
    by: str,
    at: datetime,
) -> int:
    """Let a version wait for its date, in place of any other that waits. The publication's id."""
    connection.execute(
        "UPDATE publication SET state = %s WHERE strategy_id = %s AND state = %s",
        [UNDONE, strategy_id, SCHEDULED],
    )
    row = connection.execute(
        "INSERT INTO publication (strategy_id, version_id, state, takes_effect_on, choices, rate, by, at)"
        " VALUES (%s, %s, %s, %s, %s, 0.2, %s, %s) RETURNING id",
        [strategy_id, version_id, SCHEDULED, takes_effect_on, _document(choices), by, at],
    ).fetchone()
    assert row is not None
    return int(row[0])


def due(connection: psycopg.Connection, portfolio_id: int, day: date) -> list[Publication]:
    """The scheduled publications of a portfolio whose date has come, the oldest first."""
    return _read(
        connection,
        "WHERE s.portfolio_id = %s AND p.state = %s AND p.takes_effect_on <= %s ORDER BY p.id",
        [portfolio_id, SCHEDULED, day],
    )


def take_effect(connection: psycopg.Connection, publication: Publication, day: date) -> None:
    """A scheduled version is in force from the opening of ``day``."""
    connection.execute(
        "UPDATE publication p SET state = %s, in_force_since = %s, previous_version_id = s.active_version_id"
        " FROM strategy s WHERE p.id = %s AND s.id = p.strategy_id",
        [IN_FORCE, day, publication.id],
    )
    connection.execute(
        "UPDATE strategy SET active_version_id = %s WHERE id = %s",
        [publication.version_id, publication.strategy_id],
    )


def in_force(connection: psycopg.Connection, strategy_id: int) -> Publication | None:
    """The newest publication of a strategy that is in force."""
    newest = "WHERE p.strategy_id = %s AND p.state = %s ORDER BY p.id DESC LIMIT 1"
    found = _read(connection, newest, [strategy_id, IN_FORCE])
    return found[0] if found else None


def scheduled(connection: psycopg.Connection, strategy_id: int) -> Publication | None:
    """The publication of a strategy that waits for its date."""
    found = _read(connection, "WHERE p.strategy_id = %s AND p.state = %s", [strategy_id, SCHEDULED])
    return found[0] if found else None


def keep_choices(connection: psycopg.Connection, publication_id: int, choices: Choices, rate: float) -> None:
    """What a person chose for the accounts in older versions: those in flight will follow it."""
    connection.execute(
        "UPDATE publication SET choices = %s, rate = %s WHERE id = %s",
        [_document(choices), rate, publication_id],
    )


def to_follow(connection: psycopg.Connection, portfolio_id: int) -> list[Publication]:
    """Publications for which accounts wait whose message has had its outcome, or that have ended."""
    return _read(
        connection,
        f"""WHERE p.state = '{IN_FORCE}' AND p.id IN (
               SELECT w.publication_id FROM enrolment_move w JOIN enrolment e ON e.id = w.enrolment_id
               WHERE w.portfolio_id = %s AND w.waiting AND NOT {IN_FLIGHT}) ORDER BY p.id""",
        [portfolio_id],
    )


def forget_moves(connection: psycopg.Connection, portfolio_id: int) -> None:
    """The next date opens: earlier moves can no longer be undone; only those that wait are kept."""
    connection.execute("DELETE FROM enrolment_move WHERE portfolio_id = %s AND NOT waiting", [portfolio_id])


def forget_settled(connection: psycopg.Connection, publication_id: int) -> None:
    """Who was waited for and has had an outcome either moved or stays: nobody waits for them any more."""
    connection.execute(
        "DELETE FROM enrolment_move w USING enrolment e"
        f" WHERE w.publication_id = %s AND w.waiting AND e.id = w.enrolment_id AND NOT {IN_FLIGHT}",
        [publication_id],
    )


def undo(connection: psycopg.Connection, publication: Publication) -> tuple[int, list[Stayed]]:
    """Take a publication back: how many accounts stand again where it found them, and which stay.

    An account that has gone on since stays where it is. One whose queued message was withdrawn begins
    anew at its node. The caller owns the person shards.
    """
    connection.execute("UPDATE publication SET state = %s WHERE id = %s", [UNDONE, publication.id])
    if publication.state == SCHEDULED:
        return 0, []
    connection.execute(
        "UPDATE strategy SET active_version_id = %s WHERE id = %s",
        [publication.previous_version_id, publication.strategy_id],
    )
    restored = connection.execute(_RESTORE, {"publication": publication.id}).rowcount
    with connection.cursor(row_factory=class_row(Stayed)) as cursor:
        cursor.execute(
            f"""SELECT a.number AS account, e.version_id, e.node
                FROM strategy s JOIN enrolment e ON e.portfolio_id = s.portfolio_id
                JOIN account a ON a.id = e.account_id
                WHERE s.id = %(strategy)s AND (
                    (e.version_id = %(version)s AND e.state <> {_ENDED}) OR (e.state = {_ENDED} AND EXISTS (
                        SELECT 1 FROM enrolment_move m WHERE m.publication_id = %(publication)s
                          AND m.enrolment_id = e.id AND m.to_state = {_ENDED})))
                ORDER BY a.number""",
            {
                "strategy": publication.strategy_id,
                "version": publication.version_id,
                "publication": publication.id,
            },
        )
        stayed = cursor.fetchall()
    connection.execute("DELETE FROM enrolment_move WHERE publication_id = %s", [publication.id])
    return restored, stayed


_RESTORE = f"""
UPDATE enrolment e SET version_id = m.version_id, node = m.node, visit = m.visit, due_on = m.due_on,
    arrived_on = m.arrived_on, deferrals = m.deferrals, ended_on = NULL, outcome = 0,
    revision = e.revision + 1,
    state = CASE WHEN m.state = {_SENDING} AND NOT EXISTS (
                SELECT 1 FROM message_item i WHERE i.cause_kind = 1 AND i.cause_id = e.id AND i.alive
                  AND i.node = m.node AND i.visit = m.visit)
            THEN {_MOVING} ELSE m.state END
FROM enrolment_move m
WHERE m.publication_id = %(publication)s AND NOT m.waiting AND e.id = m.enrolment_id
  AND (e.version_id, e.node, e.visit, e.state) = (m.to_version, m.to_node, m.to_visit, m.to_state)
  AND e.due_on IS NOT DISTINCT FROM m.to_due_on AND NOT {IN_FLIGHT}
  AND (e.state <> {_ENDED} OR NOT EXISTS (
      SELECT 1 FROM enrolment o WHERE o.account_id = e.account_id AND o.state <> {_ENDED}))
"""
"""Back to where a publication found them, those that stand exactly where it put them."""


def _document(choices: Choices | None) -> Jsonb | None:
    return None if choices is None else Jsonb({node: list(choice) for node, choice in choices.items()})


def _read(connection: psycopg.Connection, which: str, values: list[Any]) -> list[Publication]:
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        cursor.execute(
            "SELECT p.id, p.strategy_id, p.version_id, p.previous_version_id, p.state, p.takes_effect_on,"
            f" p.in_force_since, p.choices, p.rate, p.by FROM publication p"
            f" JOIN strategy s ON s.id = p.strategy_id {which}",
            values,
        )
        return cursor.fetchall()
