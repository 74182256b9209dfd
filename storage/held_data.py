"""All that is held about one person, table by table, in the clear: what they may ask to see."""

from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from storage.cells import PREFIX
from storage.personal import Opener, addresses_of

_OF_PERSON = (
    "consent", "account", "outside_contact", "hold", "account_event", "dispute", "complaint", "conversation",
    "plan", "payment_link", "message", "attachment", "portal_access", "written_message", "task",
)  # fmt: skip
_OF_ACCOUNT = ("invoice", "payment", "promise")
_UNTOLD = frozenset(
    "identity_index value_index shard revision load_id leased_by leased_until fence content".split()
)


def held_about(connection: psycopg.Connection, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table about a person; encrypted texts are opened, inner bookkeeping is left out."""
    opener = Opener.of(connection, [person_id])
    tables = {"person": _rows(connection, "person", "id = %s", person_id)}
    for person in tables["person"]:
        person["name"] = opener.name(person_id, person["name"])
    tables["contact_point"] = [
        {"kind": one.kind, "value": one.value, "verified": one.verified, "status": one.status}
        for one in addresses_of(connection, [person_id])
    ]
    tables |= {name: _rows(connection, name, "person_id = %s", person_id) for name in _OF_PERSON}
    mine = "account_id IN (SELECT id FROM account WHERE person_id = %s)"
    tables |= {name: _rows(connection, name, mine, person_id) for name in _OF_ACCOUNT}
    tables["ledger"] = _rows(connection, "ledger", "subject = %s", f"person:{person_id}")
    return {
        name: [{key: _opened(opener, person_id, value) for key, value in row.items()} for row in rows]
        for name, rows in tables.items()
    }


def _rows(
    connection: psycopg.Connection, table: str, condition: LiteralString, value: object
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        query = sql.SQL("SELECT * FROM {} WHERE {} ORDER BY 1").format(
            sql.Identifier(table),
            sql.SQL(condition),
        )
        rows = cursor.execute(query, [value]).fetchall()
    return [{key: cell for key, cell in row.items() if key not in _UNTOLD} for row in rows]


def _opened(opener: Opener, person_id: int, value: Any) -> Any:
    if isinstance(value, str) and value.startswith(PREFIX):
        return opener.words(person_id, value)
    if isinstance(value, dict):
        return {key: _opened(opener, person_id, inner) for key, inner in value.items()}
    return value.hex() if isinstance(value, bytes) else value
