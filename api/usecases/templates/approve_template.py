"""Approve a version of a message template: from then on strategies may use it."""

from typing import Any

import psycopg

from api.clock import BusinessClock
from engine.errors import TemplateError
from storage.approvals import Approval
from storage.database import Database
from storage.ledger import append_line


def expect_pending_template(connection: psycopg.Connection, asked: Approval) -> None:
    """``TemplateError`` when the version that was asked about does not exist."""
    row = connection.execute(
        "SELECT 1 FROM template WHERE key = %s AND version = %s", [asked.subject, asked.body["version"]]
    ).fetchone()
    if row is None:
        raise TemplateError("there is no such version", place=asked.subject, code="template.unknown")


def approve_template(database: Database, granted: Approval) -> dict[str, Any]:
    """The version is approved; the newest approved one is what is sent."""
    version = granted.body["version"]
    with database.connection() as connection:
        changed = connection.execute(
            "UPDATE template SET state = 'approved' WHERE key = %s AND version = %s AND state <> 'approved'",
            [granted.subject, version],
        ).rowcount
        if changed:
            body = {"version": version, "by": granted.asked_by, "approved_by": granted.decided_by}
            now = BusinessClock(database).now()
            append_line(connection, now, "template.approved", f"template:{granted.subject}", body)
    return {"version": version}
