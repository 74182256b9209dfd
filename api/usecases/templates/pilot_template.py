"""Sends a template to a share of its people first, and lets the rest follow when a person says so (B11)."""

from api.clock import Clock
from engine.errors import TemplateError
from storage import pilots
from storage.database import Database
from storage.ledger import append_line

WHOLE_BP = 10_000


def start_pilot(database: Database, clock: Clock, template_key: str, share: float, *, by: str) -> None:
    """From now on only ``share`` (0 to 1) of a template's people is written to, the same ones every day.

    The others' messages wait in the queue; those whose window passes are decided afresh another day.
    """
    if not 0 < share < 1:
        raise TemplateError(
            f"a share of {share:g}", place=template_key, hint="between 0 and 1", code="pilot.share"
        )
    with database.connection() as connection:
        known = connection.execute("SELECT 1 FROM template WHERE key = %s LIMIT 1", [template_key]).fetchone()
        if known is None:
            raise TemplateError("there is no such template", place=template_key, code="template.unknown")
        pilots.start(connection, template_key, round(share * WHOLE_BP), by)
        body = {"share": share, "by": by}
        append_line(connection, clock.now(), "template.pilot_started", f"template:{template_key}", body)


def end_pilot(database: Database, clock: Clock, template_key: str, *, by: str) -> None:
    """Everybody is written to from the next second on."""
    now = clock.now()
    with database.connection() as connection:
        pilots.end(connection, template_key, by, now)
        append_line(connection, now, "template.pilot_ended", f"template:{template_key}", {"by": by})
