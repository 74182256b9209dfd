"""Let the messages of a run go that the volume fuse held: a person's decision, on record."""

from datetime import date

from psycopg.types.json import Jsonb

from api.clock import BusinessClock
from engine.errors import RunError
from storage import runs
from storage.database import Database
from storage.ledger import append_line


def release_run(database: Database, portfolio_key: str, day: date, *, by: str) -> int:
    """Release a held run; returns how many messages. ``RunError`` when the date is not held."""
    with database.connection() as connection:
        row = connection.execute(
            """SELECT r.id FROM run r JOIN portfolio p ON p.id = r.portfolio_id
               WHERE p.key = %s AND r.business_date = %s AND r.state = 'held' FOR UPDATE OF r""",
            [portfolio_key, day],
        ).fetchone()
        if row is None:
            raise RunError(f"{day} of {portfolio_key} is not held", hint="cadencia runs", code="run.not_held")
        connection.execute(
            "UPDATE run SET state = 'closed', fuse = fuse || %s WHERE id = %s",
            [Jsonb({"released_by": by}), row[0]],
        )
        count = runs.release(connection, row[0])
        body = {"portfolio": portfolio_key, "day": str(day), "by": by, "messages": count}
        append_line(connection, BusinessClock(database).now(), "run.released", f"run:{row[0]}", body)
    return count
