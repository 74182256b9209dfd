"""Publish a strategy: its document becomes an immutable version that new accounts enter."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from api.catalogue import catalogue_of
from api.clock import BusinessClock
from engine.errors import StrategyError
from engine.plan import compile_plan
from engine.strategy.document import Strategy, read_strategy
from storage.database import Database
from storage.ledger import append_line


@dataclass(frozen=True)
class Published:
    """The version a document became; ``fresh`` is false when it was already the active one."""

    strategy_id: int
    version_id: int
    number: int
    fresh: bool


def publish_strategy(
    database: Database, portfolio_key: str, document: str | bytes, *, by: str, approved_by: str
) -> Published:
    """Validate and publish a document in a portfolio; publishing the same meaning again changes nothing.

    Raises ``StrategyError`` for a document that does not compile, has error findings, names a template
    that is not approved, or is approved by its own author.
    """
    strategy = read_strategy(document)
    if by == approved_by:
        raise StrategyError(
            "a strategy is approved by a second person", place=strategy.key, code="strategy.approval"
        )
    with database.connection() as connection:
        compile_plan(strategy, catalogue=catalogue_of(_settings(connection, portfolio_key, strategy)))
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('cadencia.publish'))")
        _refuse_missing_templates(connection, strategy)
        strategy_id = _strategy_row(connection, portfolio_key, strategy)
        _number_nodes(connection, strategy_id, strategy)
        published = _version(connection, strategy_id, strategy, by, approved_by)
        if published.fresh:
            body = {
                "portfolio": portfolio_key,
                "version": published.number,
                "content_hash": strategy.content_hash(),
                "by": by,
                "approved_by": approved_by,
            }
            now = BusinessClock(database).now()
            append_line(connection, now, "strategy.published", f"strategy:{strategy.key}", body)
    return published


def _settings(connection: psycopg.Connection, portfolio_key: str, strategy: Strategy) -> dict[str, Any]:
    row = connection.execute("SELECT settings FROM portfolio WHERE key = %s", [portfolio_key]).fetchone()
    if row is None:
        raise StrategyError(
            f"there is no portfolio {portfolio_key!r}", place=strategy.key, code="portfolio.unknown"
        )
    return dict(row[0])


def _strategy_row(connection: psycopg.Connection, portfolio_key: str, strategy: Strategy) -> int:
    row = connection.execute(
        "INSERT INTO strategy (portfolio_id, key, name, kind)"
        " SELECT id, %s, %s, %s FROM portfolio WHERE key = %s"
        " ON CONFLICT (portfolio_id, key) DO UPDATE SET name = excluded.name RETURNING id",
        [strategy.key, strategy.name, strategy.kind, portfolio_key],
    ).fetchone()
    assert row is not None  # the portfolio was found before
    return int(row[0])


def _number_nodes(connection: psycopg.Connection, strategy_id: int, strategy: Strategy) -> None:
    """Give new node ids the next codes; an id keeps its code for ever."""
    known = connection.execute(
        "SELECT node_id, code FROM strategy_node WHERE strategy_id = %s", [strategy_id]
    ).fetchall()
    codes: dict[str, int] = dict(known)
    following = max(codes.values(), default=-1) + 1
    new = [node.id for node in strategy.nodes if node.id not in codes]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO strategy_node (strategy_id, code, node_id) VALUES (%s, %s, %s)",
            [(strategy_id, following + place, node_id) for place, node_id in enumerate(new)],
        )


def _version(
    connection: psycopg.Connection, strategy_id: int, strategy: Strategy, by: str, approved_by: str
) -> Published:
    content_hash = strategy.content_hash()
    active = connection.execute(
        "SELECT v.id, v.number, v.content_hash FROM strategy s JOIN strategy_version v"
        " ON v.id = s.active_version_id WHERE s.id = %s",
        [strategy_id],
    ).fetchone()
    if active is not None and active[2] == content_hash:
        return Published(strategy_id, active[0], active[1], fresh=False)
    row = connection.execute(
        "INSERT INTO strategy_version (strategy_id, number, body, content_hash, published_by, approved_by)"
        " SELECT %(strategy)s, coalesce(max(number), 0) + 1, %(body)s, %(hash)s, %(by)s, %(approved)s"
        " FROM strategy_version WHERE strategy_id = %(strategy)s RETURNING id, number",
        {
            "strategy": strategy_id,
            "body": Jsonb(strategy.model_dump(mode="json", by_alias=True)),
            "hash": content_hash,
            "by": by,
            "approved": approved_by,
        },
    ).fetchone()
    assert row is not None  # an INSERT ... RETURNING of one row
    connection.execute("UPDATE strategy SET active_version_id = %s WHERE id = %s", [row[0], strategy_id])
    return Published(strategy_id, row[0], row[1], fresh=True)


def _refuse_missing_templates(connection: psycopg.Connection, strategy: Strategy) -> None:
    rows = connection.execute("SELECT DISTINCT key FROM template WHERE state = 'approved'").fetchall()
    approved = {key for (key,) in rows}
    for node in strategy.nodes:
        missing = [key for key in node.templates() if key not in approved]
        if missing:
            raise StrategyError(
                f"template {missing[0]!r} is not there or not approved",
                place=node.id,
                hint="approve the template first",
                code="strategy.template",
            )
