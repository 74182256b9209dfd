"""Message templates as they are kept: the newest version of each key, and the one that is sent."""

from typing import Any

from psycopg.rows import dict_row

from channels.templates import MessageTemplate
from engine.errors import TemplateError
from engine.vocabulary import Channel
from storage.database import Database
from storage.outbox.written import CARRIES


def list_templates(database: Database) -> list[dict[str, Any]]:
    """Key, name, channel, language, newest version with its state, and the approved version."""
    with database.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """SELECT DISTINCT ON (key) key, coalesce(body->>'name', key) AS name, channel, language, version,
                      state, (SELECT max(a.version) FROM template a WHERE a.key = t.key
                              AND a.state = 'approved') AS approved_version
               FROM template t WHERE state <> %s ORDER BY key, version DESC""",
            [CARRIES],
        ).fetchall()
    return [row | {"channel": Channel(row["channel"]).word} for row in rows]


def expect_template(
    database: Database, key: str, version: int | None = None
) -> tuple[int, str, MessageTemplate]:
    """Version, state and document (default: the newest); ``TemplateError`` when there is none."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT version, state, body FROM template WHERE key = %(key)s"
            " AND (%(version)s::int IS NULL OR version = %(version)s) ORDER BY version DESC LIMIT 1",
            {"key": key, "version": version},
        ).fetchone()
    if row is None:
        raise TemplateError("there is no such template", place=key, code="template.unknown")
    return row[0], row[1], MessageTemplate.model_validate(row[2])
