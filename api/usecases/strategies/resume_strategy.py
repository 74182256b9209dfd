"""Resume a paused strategy: skip what expired, send the next step only, or go on from today."""

from datetime import date
from typing import Literal, get_args

import psycopg

from api.clock import BusinessClock
from engine.errors import StrategyError
from engine.strategy.document import Strategy
from engine.strategy.nodes import Node, NoticeNode, WaitNode
from engine.strategy.nodes.base import MessageNode
from engine.strategy.nodes.wait import Days, Event
from engine.vocabulary import EnrolmentState
from storage import runs
from storage.database import Database
from storage.ledger import append_line
from storage.person_lock import own_shards
from storage.relocating import Relocation, relocate
from storage.versions import StrategyState, find_strategy, open_versions

How = Literal["skip_expired", "next_only", "from_today"]
HOW: tuple[How, ...] = get_args(How)


def resume_strategy(database: Database, portfolio_key: str, strategy_key: str, how: How, *, by: str) -> int:
    """Resume; returns how many accounts were moved or put off by the choice.

    ``skip_expired``: a message whose day came during the pause is passed over. ``next_only``: what fell
    due goes on with its one next step, nothing is made up for. ``from_today``: terms by count of days go
    on where they stood, the paused days do not count. ``StrategyError`` when it is not paused.
    """
    clock = BusinessClock(database)
    with database.connection() as connection:
        own_shards(connection, range(runs.SHARDS))
        strategy = find_strategy(connection, portfolio_key, strategy_key)
        if not strategy.paused:
            raise StrategyError("the strategy is not paused", place=strategy_key, code="strategy.not_paused")
        connection.execute("UPDATE strategy SET paused = false WHERE id = %s", [strategy.id])
        now = clock.now()
        day = runs.newest(connection, strategy.portfolio_id) or now.date()
        touched = 0
        if how == "skip_expired":
            relocations = _past_messages(strategy, open_versions(connection, strategy))
            touched = relocate(connection, strategy.portfolio_id, relocations, day, now, overdue_by=day).moved
        elif how == "from_today":
            touched = _put_off(connection, strategy, _paused_on(connection, strategy, strategy_key), day)
        body = {"strategy_id": strategy.id, "how": how, "by": by, "accounts": touched}
        append_line(connection, now, "strategy.resumed", f"strategy:{strategy_key}", body)
    return touched


def _past_messages(strategy: StrategyState, versions: dict[int, Strategy]) -> list[Relocation]:
    """From each message, and each wait that leads to one, to what follows the message.

    A required notice is never passed over.
    """
    found = []
    for version_id, document in versions.items():
        for node in document.nodes:
            message = _next_message(document, node)
            if message is not None:
                target = document.targets(message.id)["next"]
                found.append(
                    Relocation(
                        version_id,
                        strategy.codes[node.id],
                        version_id,
                        strategy.codes[target],
                        keeps_place=False,
                        keeps_message=False,
                        shift_days=0,
                        ends=False,
                    )
                )
    return found


def _next_message(document: Strategy, node: Node) -> Node | None:
    if isinstance(node, WaitNode):
        node = document.node(document.targets(node.id)[node.ports()[-1]])
    return node if isinstance(node, MessageNode) and not isinstance(node, NoticeNode) else None


def _paused_on(connection: psycopg.Connection, strategy: StrategyState, key: str) -> date:
    """The business date of the last pause, as the ledger has it."""
    row = connection.execute(
        "SELECT (body->>'day')::date FROM ledger WHERE kind = 'strategy.paused' AND subject = %s"
        " AND (body->>'strategy_id')::int = %s ORDER BY at DESC LIMIT 1",
        [f"strategy:{key}", strategy.id],
    ).fetchone()
    if row is None:
        raise StrategyError("the ledger does not say since when", place=key, code="strategy.not_paused")
    day: date = row[0]
    return day


def _put_off(connection: psycopg.Connection, strategy: StrategyState, since: date, day: date) -> int:
    """Counted terms move by the days of the pause; dates of the calendar and legal terms stay."""
    counted = [
        (version_id, strategy.codes[node.id])
        for version_id, document in open_versions(connection, strategy).items()
        for node in document.nodes
        if _counts_days(node)
    ]
    return connection.execute(
        """UPDATE enrolment e SET revision = e.revision + 1,
               due_on = e.due_on + (%(day)s::date - greatest(%(since)s::date, e.arrived_on))
           FROM unnest(%(versions)s::int[], %(nodes)s::int[]) AS c(version_id, node)
           WHERE e.portfolio_id = %(portfolio)s AND e.version_id = c.version_id AND e.node = c.node
             AND e.state = %(waiting)s AND e.due_on > %(since)s::date""",
        {
            "day": day,
            "since": since,
            "versions": [version for version, _ in counted],
            "nodes": [node for _, node in counted],
            "portfolio": strategy.portfolio_id,
            "waiting": int(EnrolmentState.WAITING),
        },
    ).rowcount


def _counts_days(node: Node) -> bool:
    if isinstance(node, WaitNode):
        return isinstance(node.until, Days | Event)
    return not isinstance(node, MessageNode)
