"""Holds in the database: their bits on the accounts, and what happens when their term has come."""

from collections.abc import Sequence
from datetime import date

import psycopg

from engine.vocabulary import EnrolmentState, HoldKind

_BIT = "1 << h.kind"
PERSONAL = (HoldKind.CONVERSATION, HoldKind.COMPLAINT, HoldKind.PROTECTION)
"""Kinds that bind a person and creditor; the others bind the accounts named (03, point 7)."""

_BINDS = (
    "h.account_id = a.id OR (h.account_id IS NULL AND coalesce(h.creditor_id, a.creditor_id) = a.creditor_id)"
)
"""Whether a hold binds an account of its person; one that names neither account nor creditor binds all."""


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
    if kind in PERSONAL:
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
                SELECT a.id, coalesce(bit_or({_BIT}), 0)
                    | CASE WHEN a.missing THEN 1 << {int(HoldKind.MISSING)} ELSE 0 END AS kinds
                FROM account a LEFT JOIN hold h ON h.released_on IS NULL AND h.person_id = a.person_id
                  AND ({_BINDS})
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
    _let_go(connection, sorted({person for (person,) in released}), day)
    return len(released)


def is_held(
    connection: psycopg.Connection,
    kind: HoldKind,
    *,
    person_id: int,
    creditor_id: int,
    account_ids: Sequence[int],
    until: date,
) -> bool:
    """Whether a hold of a kind is in force on what it would bind, until ``until`` or longer."""
    row = connection.execute(
        f"""SELECT count(*) FROM account a WHERE a.id = ANY(%(accounts)s) AND NOT EXISTS (
               SELECT 1 FROM hold h WHERE h.person_id = %(person)s AND h.kind = %(kind)s
                 AND h.released_on IS NULL AND h.until_on >= %(until)s AND ({_BINDS}))
               AND a.creditor_id = %(creditor)s""",
        {"accounts": list(account_ids), "person": person_id, "creditor": creditor_id, "kind": int(kind),
         "until": until},
    ).fetchone()  # fmt: skip
    return row is not None and row[0] == 0


def release(
    connection: psycopg.Connection,
    kind: HoldKind,
    day: date,
    *,
    person_id: int,
    account_ids: Sequence[int] = (),
    creditor_id: int | None = None,
) -> int:
    """Release the holds of a kind before their term: on some accounts, or of a person (and creditor)."""
    released = connection.execute(
        """UPDATE hold SET released_on = greatest(since_on, %(day)s)
           WHERE released_on IS NULL AND person_id = %(person)s AND kind = %(kind)s
             AND (account_id = ANY(%(accounts)s) OR (account_id IS NULL AND cardinality(%(accounts)s) = 0
                  AND coalesce(%(creditor)s, creditor_id) IS NOT DISTINCT FROM creditor_id))""",
        {"day": day, "person": person_id, "kind": int(kind), "accounts": list(account_ids),
         "creditor": creditor_id},
    ).rowcount  # fmt: skip
    if released:
        _let_go(connection, [person_id], day)
    return released


def _let_go(connection: psycopg.Connection, persons: Sequence[int], day: date) -> None:
    """Mark what is still held; waits of what no longer is are put off by the days it was."""
    before = dict(_held(connection, persons))
    mark(connection, persons)
    still = dict(_held(connection, persons))
    _shift(connection, [account for account in before if account not in still], day)


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
        f"""SELECT a.id, h.since_on, coalesce(h.released_on, h.until_on) FROM account a JOIN hold h
             ON h.person_id = a.person_id AND ({_BINDS})
           WHERE a.id = ANY(%s) ORDER BY 3 DESC, 2 DESC""",
        [list(accounts)],
    ).fetchall()
    since = dict.fromkeys(accounts, day)
    for account, first, last in rows:
        if last >= since[account]:
            since[account] = min(since[account], first)
    return since
