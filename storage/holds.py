"""Holds in the database: their bits on the accounts, and what happens when their term has come."""

from collections.abc import Sequence
from datetime import date

import psycopg

from engine.vocabulary import EnrolmentState, HoldKind

_BIT = "1 << h.kind"
_PERSONAL = (HoldKind.CONVERSATION, HoldKind.COMPLAINT, HoldKind.PROTECTION)
"""Kinds that bind a person and creditor; the others bind the accounts named (03, point 7)."""


def place(
    connection: psycopg.Connection,
    kind: HoldKind,
    *,
    person_id: int,
    creditor_id: int,
    account_ids: Sequence[int],
    since: date,
    until: date,
    by: str,
    reason: str = "",
) -> None:
    """Put a hold on a person and creditor, or on accounts, and mark the accounts it binds."""
    if kind in _PERSONAL:
        targets: list[int | None] = [None]
    else:
        targets = list(account_ids)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO hold (person_id, creditor_id, account_id, kind, since_on, until_on, by, reason)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [(person_id, creditor_id, each, int(kind), since, until, by, reason) for each in targets],
        )
    mark(connection, [person_id])


def mark(connection: psycopg.Connection, person_ids: Sequence[int]) -> None:
    """Set ``hold_kinds`` of the persons' accounts to the holds in force; their enrolments get a revision."""
    connection.execute(
        f"""WITH now AS (
                SELECT a.id, coalesce(bit_or({_BIT}), 0) AS kinds
                FROM account a LEFT JOIN hold h ON h.released_on IS NULL AND h.person_id = a.person_id
                  AND (h.account_id = a.id OR (h.account_id IS NULL AND h.creditor_id = a.creditor_id))
                WHERE a.person_id = ANY(%(persons)s) GROUP BY a.id),
            changed AS (
                UPDATE account a SET hold_kinds = now.kinds, revision = revision + 1 FROM now
                WHERE a.id = now.id AND a.hold_kinds <> now.kinds RETURNING a.id)
            UPDATE enrolment e SET revision = revision + 1 FROM changed
            WHERE e.account_id = changed.id AND e.state <> {int(EnrolmentState.ENDED)}""",
        {"persons": list(person_ids)},
    )


def release_due(connection: psycopg.Connection, portfolio_id: int, day: date) -> int:
    """Release the holds whose term has come; counted waits are put off by the days held. How many."""
    released = connection.execute(
        """UPDATE hold h SET released_on = %(day)s
           WHERE h.released_on IS NULL AND h.until_on <= %(day)s AND EXISTS (
               SELECT 1 FROM account a WHERE a.portfolio_id = %(portfolio)s AND a.person_id = h.person_id)
           RETURNING h.person_id""",
        {"portfolio": portfolio_id, "day": day},
    ).fetchall()
    if not released:
        return 0
    persons = sorted({person for (person,) in released})
    before = dict(_held(connection, persons))
    mark(connection, persons)
    still = dict(_held(connection, persons))
    _shift(connection, [account for account in before if account not in still], day)
    return len(released)


def _held(connection: psycopg.Connection, persons: Sequence[int]) -> list[tuple[int, int]]:
    return connection.execute(
        "SELECT id, hold_kinds FROM account WHERE person_id = ANY(%s) AND hold_kinds <> 0", [list(persons)]
    ).fetchall()


_COUNTED_WAIT = """jsonb_path_exists(v.body,
    '$.nodes[*] ? (@.id == $id && @.kind == "wait" && (@.until.type == "days" || @.until.type == "event"))',
    jsonb_build_object('id', n.node_id))"""
"""A wait by count of days (or an event with such a term); dates of the calendar and legal terms stay."""


def _shift(connection: psycopg.Connection, accounts: Sequence[int], day: date) -> None:
    """Waits by count go on where they stood: their date moves by the days the account was held."""
    since = _held_since(connection, accounts, day)
    connection.execute(
        f"""UPDATE enrolment e SET due_on = e.due_on + (%(day)s::date - greatest(h.since_on, e.arrived_on)),
                   revision = e.revision + 1
            FROM unnest(%(accounts)s::bigint[], %(since)s::date[]) AS h(account_id, since_on),
                 strategy_version v, strategy_node n
            WHERE e.account_id = h.account_id AND e.due_on IS NOT NULL
              AND e.state = {int(EnrolmentState.WAITING)} AND v.id = e.version_id
              AND n.strategy_id = e.strategy_id AND n.code = e.node AND {_COUNTED_WAIT}""",
        {"day": day, "accounts": list(since), "since": list(since.values())},
    )


def _held_since(connection: psycopg.Connection, accounts: Sequence[int], day: date) -> dict[int, date]:
    """From which date on each account was held without a gap until ``day``: the union of its holds."""
    rows = connection.execute(
        """SELECT a.id, h.since_on, coalesce(h.released_on, h.until_on) FROM account a JOIN hold h
             ON h.person_id = a.person_id AND (h.account_id = a.id
                OR (h.account_id IS NULL AND h.creditor_id = a.creditor_id))
           WHERE a.id = ANY(%s) ORDER BY 3 DESC, 2 DESC""",
        [list(accounts)],
    ).fetchall()
    since = dict.fromkeys(accounts, day)
    for account, first, last in rows:
        if last >= since[account]:
            since[account] = min(since[account], first)
    return since
