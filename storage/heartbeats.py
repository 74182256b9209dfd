"""When each long-lived process was last alive, by the database's clock."""

import psycopg
from psycopg.types.json import Jsonb


def beat(connection: psycopg.Connection, name: str, details: dict[str, object]) -> None:
    """This process is alive now."""
    connection.execute(
        "INSERT INTO heartbeat (name, at, details) VALUES (%s, clock_timestamp(), %s)"
        " ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at, details = EXCLUDED.details",
        [name, Jsonb(details)],
    )


def alive(connection: psycopg.Connection, prefix: str, within_s: float = 15.0) -> int:
    """How many processes whose name begins with ``prefix`` have beaten lately."""
    row = connection.execute(
        "SELECT count(*) FROM heartbeat WHERE starts_with(name, %s)"
        " AND at > clock_timestamp() - make_interval(secs => %s)",
        [prefix, within_s],
    ).fetchone()
    return int(row[0]) if row else 0


def silence(connection: psycopg.Connection, name: str) -> None:
    """This process ends in order."""
    connection.execute("DELETE FROM heartbeat WHERE name = %s", [name])
