"""Disputes, complaints and protections in the tables, and the marks they leave on accounts and persons."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from engine.vocabulary import Stop
from storage.personal import Opener, seal_words

Case = dict[str, Any]

TABLES: Mapping[str, LiteralString] = {
    "dispute": "id, account_id, person_id, reason, said, via, reference, state, opened_at, closed_at,"
    " closed_by, answer",
    "complaint": "id, number, person_id, creditor_id, account_id, channel, cause, said, message_id, agent,"
    " agency, received_at, answer_by, state, answer, outcome, closed_at, closed_by",
    "protection": "id, person_id, stop, reason, by, since_on, review_on, lifted_on, lifted_by",
}
"""The columns of each kind of case."""

SAID: Mapping[str, str] = {"dispute": "said", "complaint": "said", "protection": "reason"}
"""The column of each kind that holds a person's own words or condition: encrypted under their key."""


def insert(connection: psycopg.Connection, table: str, values: Mapping[str, object]) -> int | None:
    """Write a case; its id, or ``None`` when one with its reference or number is there already."""
    values = _sealed(connection, table, values)
    columns = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join(sql.Placeholder() * len(values))
    row = connection.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING RETURNING id").format(
            sql.Identifier(table), columns, marks
        ),
        list(values.values()),
    ).fetchone()
    return None if row is None else int(row[0])


def find(connection: psycopg.Connection, table: str, column: str, value: object) -> Case | None:
    """The case whose ``column`` is ``value``."""
    return next(iter(list_cases(connection, table, column, [value])), None)


def list_cases(
    connection: psycopg.Connection, table: str, column: str, values: Sequence[object]
) -> list[Case]:
    """The cases of some persons or accounts, the newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        query = sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s) ORDER BY id DESC").format(
            sql.SQL(TABLES[table]), sql.Identifier(table), sql.Identifier(column)
        )
        found = cursor.execute(query, [list(values)]).fetchall()
    opener = Opener.of(connection, [case["person_id"] for case in found])
    said = SAID[table]
    return [case | {said: opener.words(case["person_id"], case[said])} for case in found]


def _sealed(connection: psycopg.Connection, table: str, values: Mapping[str, object]) -> dict[str, object]:
    said = SAID[table]
    words = seal_words(connection, int(str(values["person_id"])), [str(values.get(said, ""))])
    return {**values, said: words[0]}


def close(connection: psycopg.Connection, table: str, case_id: int, values: Mapping[str, object]) -> bool:
    """Close an open dispute or complaint with its outcome; whether it was open."""
    pairs = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder()) for name in values
    )
    query = sql.SQL("UPDATE {} SET {} WHERE id = %s AND state = 'open'").format(sql.Identifier(table), pairs)
    return bool(connection.execute(query, [*values.values(), case_id]).rowcount)


def mark_disputes(connection: psycopg.Connection, account_ids: Sequence[int]) -> None:
    """Let the accounts say whether a dispute of theirs is open."""
    connection.execute(
        """UPDATE account a SET dispute_open = o.open, revision = revision + 1
           FROM (SELECT id, EXISTS (SELECT 1 FROM dispute d WHERE d.account_id = account.id
                                      AND d.state = 'open') AS open
                 FROM account WHERE id = ANY(%s)) o WHERE o.id = a.id AND a.dispute_open <> o.open""",
        [list(account_ids)],
    )


def mark_complaints(connection: psycopg.Connection, person_id: int) -> None:
    """Let a person's accounts say whether a complaint to their creditor is open."""
    connection.execute(
        """UPDATE account a SET complaint_open = o.open, revision = revision + 1
           FROM (SELECT b.id, EXISTS (SELECT 1 FROM complaint c WHERE c.person_id = b.person_id
                     AND c.creditor_id = b.creditor_id AND c.state = 'open'
                     AND (c.account_id IS NULL OR c.account_id = b.id)) AS open
                 FROM account b WHERE b.person_id = %s) o WHERE o.id = a.id AND a.complaint_open <> o.open""",
        [person_id],
    )


def mark_protections(connection: psycopg.Connection, person_id: int) -> None:
    """Let a person's stops hold the bits of the protections in force; bits of other origin stay."""
    connection.execute(
        """UPDATE person p SET stops = (p.stops & ~%(ours)s::bigint) | coalesce((SELECT bit_or(stop)
               FROM protection x WHERE x.person_id = p.id AND x.lifted_on IS NULL), 0),
               revision = revision + 1
           WHERE p.id = %(person)s""",
        {"person": person_id, "ours": int(PROTECTIONS)},
    )


def lift(connection: psycopg.Connection, protection_id: int, on: date, by: str) -> bool:
    """End a protection; whether it was in force."""
    return bool(
        connection.execute(
            "UPDATE protection SET lifted_on = %s, lifted_by = %s WHERE id = %s AND lifted_on IS NULL",
            [on, by, protection_id],
        ).rowcount
    )


def next_number(connection: psycopg.Connection, at: datetime) -> str:
    """The number the next complaint is known by: year and count."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('cadencia.complaint'))")
    row = connection.execute(
        "SELECT count(*) + 1 FROM complaint WHERE number LIKE %s", [f"Q-{at.year}-%"]
    ).fetchone()
    assert row is not None
    return f"Q-{at.year}-{row[0]:06d}"


PROTECTIONS = Stop.VULNERABLE | Stop.DECEASED | Stop.LEGAL_REPRESENTATION | Stop.INSOLVENCY | Stop.MINOR
"""The stops that are protections of a person."""
