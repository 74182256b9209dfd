"""Quick replies: texts agents have at hand, by portfolio, key and language."""

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class QuickReplyRow:
    """One text with the variables of templates."""

    key: str
    language: str
    title: str
    body: str


def quick_replies(connection: psycopg.Connection, portfolio_id: int) -> list[QuickReplyRow]:
    """The texts of a portfolio, by title."""
    with connection.cursor(row_factory=class_row(QuickReplyRow)) as cursor:
        return cursor.execute(
            "SELECT key, language, title, body FROM quick_reply WHERE portfolio_id = %s"
            " ORDER BY title, key, language",
            [portfolio_id],
        ).fetchall()


def quick_reply(
    connection: psycopg.Connection, portfolio_id: int, key: str, language: str
) -> QuickReplyRow | None:
    """The text of a key in a person's language: theirs, one of the same tongue, else any."""
    alike = [each for each in quick_replies(connection, portfolio_id) if each.key == key]
    tongue = language.partition("_")[0]

    def order(each: QuickReplyRow) -> tuple[bool, bool, str]:
        return each.language != language, each.language.partition("_")[0] != tongue, each.language

    return min(alike, key=order, default=None)


def save_quick_reply(
    connection: psycopg.Connection, portfolio_id: int, reply: QuickReplyRow, by: str
) -> None:
    """Write a text."""
    connection.execute(
        """INSERT INTO quick_reply (portfolio_id, key, language, title, body, updated_by)
           VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (portfolio_id, key, language) DO UPDATE
               SET title = EXCLUDED.title, body = EXCLUDED.body, updated_by = EXCLUDED.updated_by,
                   updated_at = clock_timestamp()""",
        [portfolio_id, reply.key, reply.language, reply.title, reply.body, by],
    )


def drop_quick_reply(connection: psycopg.Connection, portfolio_id: int, key: str, language: str) -> bool:
    """Remove a text; whether there was one."""
    return bool(
        connection.execute(
            "DELETE FROM quick_reply WHERE portfolio_id = %s AND key = %s AND language = %s",
            [portfolio_id, key, language],
        ).rowcount
    )
