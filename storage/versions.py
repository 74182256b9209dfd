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
    """A strategy of a portfolio; ``codes`` are its node codes by id, of every version there ever was."""

    id: int
    portfolio_id: int
    active_version_id: int
    paused: bool
    codes: Mapping[str, int]


def find_strategy(connection: psycopg.Connection, portfolio_key: str, key: str) -> StrategyState:
    """Lock and read a strategy; ``StrategyError`` when the portfolio has published none of that key."""
    row = connection.execute(
        "SELECT s.id, s.portfolio_id, s.active_version_id, s.paused FROM strategy s"
        " JOIN portfolio p ON p.id = s.portfolio_id"
        " WHERE p.key = %s AND s.key = %s AND s.active_version_id IS NOT NULL FOR UPDATE OF s",
        [portfolio_key, key],
    ).fetchone()
    if row is None:
        raise StrategyError(
            f"the portfolio {portfolio_key!r} has no such published strategy",
            place=key,
            code="strategy.unknown",
        )
    codes = connection.execute(
        "SELECT node_id, code FROM strategy_node WHERE strategy_id = %s", [row[0]]
    ).fetchall()
    return StrategyState(row[0], row[1], row[2], row[3], dict(codes))


def open_versions(connection: psycopg.Connection, strategy: StrategyState) -> dict[int, Strategy]:
    """The active version and every older one that accounts still stand in, by id."""
    rows = connection.execute(
        """SELECT v.id, v.body FROM strategy_version v WHERE v.strategy_id = %s AND (v.id = %s OR EXISTS (
               SELECT 1 FROM enrolment e WHERE e.portfolio_id = %s AND e.version_id = v.id AND e.state <> %s))
           ORDER BY v.id""",
        [strategy.id, strategy.active_version_id, strategy.portfolio_id, int(EnrolmentState.ENDED)],
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
