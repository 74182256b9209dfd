"""Explain an account on a date: replays what the run of that date saw and says why it did what it did.

The last line is about now: whether the person may be written to freely by WhatsApp.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import psycopg

from api.catalogue import catalogue_of
from api.clock import BusinessClock
from engine.contact_policy import ContactPolicy, Pack, Place, load_packs
from engine.errors import RunError
from engine.explain import Line, explain
from engine.facts import Catalogue
from engine.plan import Plan, compile_plan
from engine.strategy.document import Strategy
from storage.database import Database
from storage.replay import replay
from storage.snapshots import Snapshot, load
from storage.windows import open_windows


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
        window = _window(connection, row[0], BusinessClock(database).now())
    places = [
        Place(country, subdivision, tuple(zones)) for country, subdivision, zones in seen["meta"]["places"]
    ]
    packs: dict[str, Pack] = load_packs(sorted(seen["meta"]["packs"]))
    policy = ContactPolicy(packs, places, portfolio_country=seen["meta"]["country"])
    return [*explain(replay(seen, row[0], plans, policy, catalogue)), window]


def _window(connection: psycopg.Connection, account_id: int, now: datetime) -> Line:
    """The 24-hour window of the account's person, in their own time."""
    person_id, zones = connection.execute(
        "SELECT a.person_id, place.zones FROM account a JOIN person p ON p.id = a.person_id"
        " LEFT JOIN place ON place.id = p.place_id WHERE a.id = %s",
        [account_id],
    ).fetchall()[0]
    windows = open_windows(connection, person_id, now)
    if not windows:
        return Line("window", "WhatsApp: ventana de 24 horas cerrada; solo plantillas aprobadas.")
    until = windows[0].until.astimezone(ZoneInfo(zones[0]) if zones else UTC)
    told = f"abierta hasta el {until:%d/%m/%Y a las %H:%M} (termina en {windows[0].address[-4:]})"
    return Line("window", f"WhatsApp: ventana de 24 horas {told}; se puede responder con texto libre.")


def _plan(connection: psycopg.Connection, version_id: int, catalogue: Catalogue) -> Plan:
    body, strategy_id = connection.execute(
        "SELECT body, strategy_id FROM strategy_version WHERE id = %s", [version_id]
    ).fetchall()[0]
    codes = connection.execute(
        "SELECT node_id, code FROM strategy_node WHERE strategy_id = %s", [strategy_id]
    ).fetchall()
    return compile_plan(Strategy.model_validate(body), dict(codes), catalogue)
