"""Holds the ledger against its chain: every line that was changed, removed, added or moved is named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice

import psycopg

from storage import merkle
from storage.ledger import line_hash
from storage.seals import GENESIS, HEADER, Seal, leaf_of, one
from storage.seals import head as newest

_AT_ONCE = 200
_WIDTH = 32


@dataclass(frozen=True)
class Sealed:
    """One seal as its row says: header, its own hash, and the lines it covers."""

    seal: Seal
    stored: bytes
    lines: list[tuple[int, datetime, bytes]]


def wrong_in_chain(connection: psycopg.Connection) -> Iterator[str]:
    """A sentence for everything that is wrong with seals and lines, oldest first."""
    hashes, last, total = {0: GENESIS}, 0, 0
    kept_from = _kept_from(connection)
    with connection.cursor(name="seals") as cursor:
        cursor.execute(f"SELECT {HEADER}, hash, line_ids, line_ats, line_hashes FROM ledger_seal ORDER BY id")
        while batch := [_sealed(row) for row in islice(cursor, _AT_ONCE)]:
            for sealed in batch:
                total += len(sealed.lines)
                yield from _wrong_link(sealed, hashes, last, total)
                last, total = sealed.seal.id, sealed.seal.total
                hashes[last] = sealed.stored
                hashes = {n: hash_ for n, hash_ in hashes.items() if n == 0 or last < n + (n & -n)}
            yield from _wrong_lines(connection, batch, kept_from)
    yield from _wrong_unsealed(connection)
    yield from _strays(connection)


def wrong_against(connection: psycopg.Connection, exported: Seal) -> Iterator[str]:
    """What the chain says differently from a head that was exported before."""
    there = one(connection, exported.id)
    if there is not None and there.hash == exported.hash:
        return
    if there is not None:
        yield f"seal {exported.id} is not the one that was exported on {exported.sealed_at:%Y-%m-%d %H:%M}"
        return
    end = newest(connection)
    kept, number = (end.last_line, end.id) if end else (0, 0)
    yield (
        f"lines {kept + 1} to {exported.last_line} are missing: the chain ends with seal {number}, and seal"
        f" {exported.id} of {exported.sealed_at:%Y-%m-%d %H:%M} was exported"
    )


def _sealed(row: tuple[object, ...]) -> Sealed:
    *header, stored, ids, ats, hashes = row
    assert isinstance(ids, list) and isinstance(ats, list) and isinstance(hashes, bytes)
    cut = [hashes[at : at + _WIDTH] for at in range(0, len(hashes), _WIDTH)]
    assert isinstance(stored, bytes)
    return Sealed(Seal(*header), stored, list(zip(ids, ats, cut, strict=True)))  # type: ignore[arg-type]


def _wrong_link(sealed: Sealed, hashes: dict[int, bytes], last: int, total: int) -> Iterator[str]:
    seal = sealed.seal
    if seal.id != last + 1:
        yield f"seals {last + 1} to {seal.id - 1} are missing"
    elif (seal.previous, seal.skipped) != (hashes[last], hashes.get(seal.id & (seal.id - 1))):
        yield f"seal {seal.id} does not hold the hash of the seal before"
    if seal.hash != sealed.stored or seal.total != total:
        yield f"seal {seal.id} of {seal.sealed_at:%Y-%m-%d %H:%M} was changed"
    if merkle.root([leaf_of(*line) for line in sealed.lines]) != seal.root:
        yield f"seal {seal.id} of {seal.sealed_at:%Y-%m-%d %H:%M} names other lines than it sealed"


def _wrong_lines(connection: psycopg.Connection, batch: Sequence[Sealed], kept_from: date) -> Iterator[str]:
    expected = {line_id: (at, hashed, s.seal.id) for s in batch for line_id, at, hashed in s.lines}
    found: set[int] = set()
    for line_id, at, kind, subject, body, stored in connection.execute(
        "SELECT id, at, kind, subject, body, hash FROM ledger WHERE id = ANY(%s) ORDER BY id", [[*expected]]
    ):
        if line_id in found:
            yield f"line {line_id} of {at:%Y-%m-%d} ({kind}, {subject}) stands there twice"
        elif not expected[line_id][1] == stored == line_hash(at, kind, subject, body):
            yield f"line {line_id} of {at:%Y-%m-%d} ({kind}, {subject}) was changed"
        found.add(line_id)
    for line_id, (at, _, number) in expected.items():
        if line_id not in found and at.astimezone(UTC).date() >= kept_from:
            yield f"line {line_id} of {at:%Y-%m-%d} is missing: seal {number} covers it"


def _wrong_unsealed(connection: psycopg.Connection) -> Iterator[str]:
    for line_id, since, at, kind, subject, body, stored in connection.execute(
        "SELECT w.line_id, w.at, l.at, l.kind, l.subject, l.body, l.hash FROM ledger_unsealed w"
        " LEFT JOIN ledger l ON l.id = w.line_id ORDER BY w.line_id"
    ):
        if at is None:
            yield f"line {line_id} of {since:%Y-%m-%d} is missing: it was removed before it was sealed"
        elif at != since or line_hash(at, kind, subject, body) != stored:
            yield f"line {line_id} of {at:%Y-%m-%d} ({kind}, {subject}) was changed"


def _strays(connection: psycopg.Connection) -> Iterator[str]:
    """Lines nobody wrote as lines are written: in no seal, and not waiting for one."""
    for line_id, at, kind, subject in connection.execute(
        "SELECT id, at, kind, subject FROM ledger l"
        " WHERE NOT EXISTS (SELECT 1 FROM (SELECT unnest(line_ids) id FROM ledger_seal) s WHERE s.id = l.id)"
        " AND NOT EXISTS (SELECT 1 FROM ledger_unsealed w WHERE w.line_id = l.id) ORDER BY id"
    ):
        yield f"line {line_id} of {at:%Y-%m-%d} ({kind}, {subject}) stands in no seal"


def _kept_from(connection: psycopg.Connection) -> date:
    """From when on the ledger is kept: what retention put on record, in a line that is checked too."""
    row = connection.execute(
        "SELECT max((body->>'evidence_keep_from')::date) FROM ledger WHERE kind = 'retention.applied'"
    ).fetchone()
    return row[0] if row and row[0] else date.min
