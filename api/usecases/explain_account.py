"""Explain an account on a date: replays what the run of that date saw and says why it did what it did."""

from datetime import date

import psycopg

from api.catalogue import catalogue_of
from engine.contact_policy import ContactPolicy, Pack, Place, load_packs
from engine.errors import RunError
from engine.explain import Line, explain
from engine.facts import Catalogue
from engine.plan import Plan, compile_plan
from engine.strategy.document import Strategy
from storage.database import Database
from storage.replay import replay
from storage.snapshots import Snapshot, load


def explain_account(database: Database, portfolio_key: str, number: str, day: date) -> list[Line]:
    """Sentences in Spanish about one account; ``RunError`` when that date did not see it."""
    with database.connection() as connection:
        row = connection.execute(
            """SELECT a.id, s.snapshot, s.snapshot_hash, r.manifest FROM account a
               JOIN portfolio p ON p.id = a.portfolio_id
               JOIN run r ON r.portfolio_id = p.id AND r.business_date = %s
               JOIN run_shard s ON s.run_id = r.id AND a.shard BETWEEN s.shard * 256 / r.shards
                    AND (s.shard + 1) * 256 / r.shards - 1
               WHERE p.key = %s AND a.number = %s AND s.state = 'done'""",
            [day, portfolio_key, number],
        ).fetchone()
        if row is None:
            raise RunError(
                f"no run of {day} saw account {number} of {portfolio_key}",
                hint="look at the number and the date: cadencia runs",
                code="explain.unknown",
            )
        seen = load(Snapshot(row[1], row[2]))
        catalogue = catalogue_of(row[3])
        plans = [_plan(connection, version, catalogue) for version in seen["meta"]["versions"]]
    places = [
        Place(country, subdivision, tuple(zones)) for country, subdivision, zones in seen["meta"]["places"]
    ]
    packs: dict[str, Pack] = load_packs(sorted(seen["meta"]["packs"]))
    policy = ContactPolicy(packs, places, portfolio_country=seen["meta"]["country"])
    return explain(replay(seen, row[0], plans, policy, catalogue))


def _plan(connection: psycopg.Connection, version_id: int, catalogue: Catalogue) -> Plan:
    body, strategy_id = connection.execute(
        "SELECT body, strategy_id FROM strategy_version WHERE id = %s", [version_id]
    ).fetchall()[0]
    codes = connection.execute(
        "SELECT node_id, code FROM strategy_node WHERE strategy_id = %s", [strategy_id]
    ).fetchall()
    return compile_plan(Strategy.model_validate(body), dict(codes), catalogue)
