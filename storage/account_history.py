"""What the tables know of one account, in the order it happened, and its lines of the ledger with proofs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from storage import merkle
from storage.seals import HEADER, Seal, head, leaf_of, way

_HISTORY = Path(__file__).with_suffix(".sql").read_bytes()


@dataclass(frozen=True)
class AccountHead:
    """Which account it is, and whose."""

    id: int
    number: str
    portfolio: str
    creditor: str
    creditor_id: int
    person_id: int
    currency: str
    country: str
    timezone: str


@dataclass(frozen=True)
class Happening:
    """One thing that happened, as its table says it."""

    at: datetime
    kind: str
    what: dict[str, Any]


@dataclass(frozen=True)
class ProvenLine:
    """A line of the ledger, and the hashes that lead from it to the root of seal ``seal``."""

    id: int
    at: datetime
    kind: str
    subject: str
    body: dict[str, Any]
    hash: bytes
    seal: int
    index: int
    size: int
    beside: tuple[bytes, ...]


def account_head(connection: psycopg.Connection, portfolio_key: str, number: str) -> AccountHead | None:
    """The account of a portfolio by its number."""
    with connection.cursor(row_factory=class_row(AccountHead)) as cursor:
        return cursor.execute(
            """SELECT a.id, a.number, f.name AS portfolio, c.name AS creditor, c.id AS creditor_id,
                      a.person_id, coalesce(t.word, c.reporting_currency) AS currency, f.country, f.timezone
               FROM account a JOIN portfolio f ON f.id = a.portfolio_id
               JOIN creditor c ON c.id = a.creditor_id
               LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency
               WHERE f.key = %s AND a.number = %s""",
            [portfolio_key, number],
        ).fetchone()


def happenings(
    connection: psycopg.Connection, account: AccountHead, event_kinds: Sequence[int]
) -> list[Happening]:
    """What the tables hold of an account, oldest first; of its events those of ``event_kinds``."""
    with connection.cursor(row_factory=class_row(Happening)) as cursor:
        values = {
            "account": account.id,
            "person": account.person_id,
            "creditor": account.creditor_id,
            "zone": account.timezone,
            "events": list(event_kinds),
        }
        return cursor.execute(_HISTORY, values).fetchall()


def proven_lines(connection: psycopg.Connection, subjects: Sequence[str]) -> list[ProvenLine]:
    """The sealed lines about some subjects, by their number."""
    with connection.cursor(row_factory=dict_row) as cursor:
        lines = cursor.execute(
            "SELECT id, at, kind, subject, body, hash FROM ledger WHERE subject = ANY(%s) ORDER BY id",
            [list(subjects)],
        ).fetchall()
    covering = connection.execute(
        "SELECT id, line_ids, line_ats, line_hashes FROM ledger_seal WHERE line_ids && %s::bigint[]",
        [[line["id"] for line in lines]],
    ).fetchall()
    place: dict[int, tuple[int, int, list[bytes]]] = {}
    for number, ids, ats, hashes in covering:
        leaves = [
            leaf_of(line_id, at, hashes[32 * n : 32 * n + 32])
            for n, (line_id, at) in enumerate(zip(ids, ats, strict=True))
        ]
        place |= {line_id: (number, n, leaves) for n, line_id in enumerate(ids)}
    return [
        ProvenLine(
            **line, seal=seal, index=index, size=len(leaves), beside=tuple(merkle.proof(leaves, index))
        )
        for line in lines
        if line["id"] in place
        for seal, index, leaves in [place[line["id"]]]
    ]


def seals_towards(connection: psycopg.Connection, numbers: Sequence[int]) -> list[Seal]:
    """The headers by which the head leads to some seals, the head first."""
    newest = head(connection)
    if newest is None:
        return []
    wanted = {newest.id}.union(*(way(newest.id, number) for number in numbers))
    with connection.cursor(row_factory=class_row(Seal)) as cursor:
        return cursor.execute(
            f"SELECT {HEADER} FROM ledger_seal WHERE id = ANY(%s) ORDER BY id DESC", [sorted(wanted)]
        ).fetchall()
