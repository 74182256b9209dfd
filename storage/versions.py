"""The published versions of a strategy, and how many accounts stand at each node of each."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from engine.errors import StrategyError
from engine.strategy.document import Strategy
from engine.vocabulary import EnrolmentState, MessageState

IN_FLIGHT = f"""(e.state = {int(EnrolmentState.SENDING)} AND EXISTS (
    SELECT 1 FROM message_item i JOIN message m ON m.id = i.message_id AND m.local_on = i.local_on
    WHERE i.cause_kind = 1 AND i.cause_id = e.id AND i.node = e.node AND i.visit = e.visit AND i.alive
      AND m.state NOT IN ({int(MessageState.QUEUED)}, {int(MessageState.LEASED)})))"""
"""An enrolment ``e`` whose message has left or is leaving: it moves by the outcome first."""


@dataclass(frozen=True)
class StrategyState:
    """A strategy of a portfolio; ``codes`` are its node codes by id, of every version there ever was.

    ``active_version_id`` is 0 while no version is in force.
    """

    id: int
    portfolio_id: int
    key: str
    active_version_id: int
    paused: bool
    codes: Mapping[str, int]


def find_strategy(connection: psycopg.Connection, portfolio_key: str, key: str) -> StrategyState:
    """Lock and read a strategy; ``StrategyError`` when the portfolio has published none of that key."""
    found = _find(connection, "p.key = %s AND s.key = %s", [portfolio_key, key])
    if found is None or not found.active_version_id:
        raise _unknown(portfolio_key, key)
    return found


def any_strategy(connection: psycopg.Connection, portfolio_key: str, key: str) -> StrategyState:
    """Lock and read a strategy, also one whose only version still waits for its date."""
    found = _find(connection, "p.key = %s AND s.key = %s", [portfolio_key, key])
    if found is None:
        raise _unknown(portfolio_key, key)
    return found


def strategy_of(connection: psycopg.Connection, strategy_id: int) -> StrategyState:
    """Lock and read a strategy that is known to be there."""
    found = _find(connection, "s.id = %s", [strategy_id])
    assert found is not None
    return found


def version_number(connection: psycopg.Connection, version_id: int | None) -> int | None:
    """The number of a version within its strategy; ``None`` for none."""
    row = connection.execute("SELECT number FROM strategy_version WHERE id = %s", [version_id]).fetchone()
    return None if row is None else int(row[0])


def _find(connection: psycopg.Connection, which: str, values: list[object]) -> StrategyState | None:
    row = connection.execute(
        "SELECT s.id, s.portfolio_id, s.key, coalesce(s.active_version_id, 0), s.paused FROM strategy s"
        f" JOIN portfolio p ON p.id = s.portfolio_id WHERE {which} FOR UPDATE OF s",
        values,
    ).fetchone()
    if row is None:
        return None
    codes = connection.execute(
        "SELECT node_id, code FROM strategy_node WHERE strategy_id = %s", [row[0]]
    ).fetchall()
    return StrategyState(row[0], row[1], row[2], row[3], row[4], dict(codes))


def _unknown(portfolio_key: str, key: str) -> StrategyError:
    return StrategyError(
        f"the portfolio {portfolio_key!r} has no such published strategy", place=key, code="strategy.unknown"
    )


def open_versions(
    connection: psycopg.Connection, strategy: StrategyState, also: int | None = None
) -> dict[int, Strategy]:
    """The active version (or ``also``) and every other one that accounts still stand in, by id."""
    wanted = strategy.active_version_id if also is None else also
    rows = connection.execute(
        """SELECT v.id, v.body FROM strategy_version v WHERE v.strategy_id = %s AND (v.id = %s OR EXISTS (
               SELECT 1 FROM enrolment e WHERE e.portfolio_id = %s AND e.version_id = v.id AND e.state <> %s))
           ORDER BY v.id""",
        [strategy.id, wanted, strategy.portfolio_id, int(EnrolmentState.ENDED)],
    ).fetchall()
    return {version_id: Strategy.model_validate(body) for version_id, body in rows}


def standing_at(
    connection: psycopg.Connection, strategy: StrategyState
) -> dict[tuple[int, str], tuple[int, int]]:
    """Open enrolments by version and node id: how many, and how many of them have a message on its way."""
    rows = connection.execute(
        f"""SELECT e.version_id, n.node_id, count(*), count(*) FILTER (WHERE {IN_FLIGHT})
            FROM enrolment e JOIN strategy_node n ON n.strategy_id = e.strategy_id AND n.code = e.node
            WHERE e.portfolio_id = %s AND e.strategy_id = %s AND e.state <> %s GROUP BY 1, 2 ORDER BY 1, 2""",
        [strategy.portfolio_id, strategy.id, int(EnrolmentState.ENDED)],
    ).fetchall()
    return {(version, node): (accounts, in_flight) for version, node, accounts, in_flight in rows}
