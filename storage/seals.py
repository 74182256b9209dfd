"""The chain of seals: Merkle roots over the ledger's new lines, each seal holding the hash of the one before.

A line waits in ``ledger_unsealed`` from its own transaction until a seal covers it; lines are sealed as
they are seen, so one that commits late stands in a later seal and in exactly one. Each seal names besides
the one whose number lacks its lowest bit: from any of a million seals at most some two hundred
headers lead to the head.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import psycopg

from storage import merkle

GENESIS = bytes(32)
MOST_LINES = 20_000
HEADER = "id, sealed_at, total, last_line, root, previous, skipped"
_ONE_SEALER = "SELECT pg_try_advisory_xact_lock(hashtext('cadencia.seal'))"


@dataclass(frozen=True)
class Seal:
    """The header of one link. ``total`` lines were sealed with it; the newest number among its own is
    ``last_line``."""

    id: int
    sealed_at: datetime
    total: int
    last_line: int
    root: bytes
    previous: bytes
    skipped: bytes

    @property
    def hash(self) -> bytes:
        """SHA-256 of the header as canonical JSON: what the next seal holds."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(b"cadencia seal 1\n" + text.encode()).digest()

    def as_json(self) -> dict[str, object]:
        """The header as a document; hashes in hex, the instant in UTC."""
        return {
            "id": self.id,
            "sealed_at": self.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "total": self.total,
            "last_line": self.last_line,
            "root": self.root.hex(),
            "previous": self.previous.hex(),
            "skipped": self.skipped.hex(),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, object]) -> "Seal":
        """The header in a document; ``KeyError`` or ``ValueError`` when it is none."""
        return cls(
            int(str(body["id"])),
            datetime.fromisoformat(str(body["sealed_at"])),
            int(str(body["total"])),
            int(str(body["last_line"])),
            bytes.fromhex(str(body["root"])),
            bytes.fromhex(str(body["previous"])),
            bytes.fromhex(str(body["skipped"])),
        )


def seal_waiting(connection: psycopg.Connection, now: datetime) -> Seal | None:
    """Seal the lines that wait, at most ``MOST_LINES``; ``None`` when none does or another process seals."""
    turn = connection.execute(_ONE_SEALER).fetchone()
    if turn is None or not turn[0]:
        return None
    lines = connection.execute(
        "SELECT w.line_id, l.at, l.hash FROM ledger_unsealed w"
        " JOIN ledger l ON l.id = w.line_id AND l.at = w.at ORDER BY w.line_id LIMIT %s",
        [MOST_LINES],
    ).fetchall()
    if not lines:
        return None
    before = head(connection)
    seal = _link(connection, before, lines, now)
    ids = [line_id for line_id, _, _ in lines]
    connection.execute(
        f"INSERT INTO ledger_seal ({HEADER}, hash, line_ids, line_ats, line_hashes)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            seal.id, seal.sealed_at, seal.total, seal.last_line, seal.root, seal.previous, seal.skipped,
            seal.hash, ids, [at for _, at, _ in lines], b"".join(hashed for _, _, hashed in lines),
        ],
    )  # fmt: skip
    connection.execute("DELETE FROM ledger_unsealed WHERE line_id = ANY(%s)", [ids])
    return seal


def _link(
    connection: psycopg.Connection,
    before: Seal | None,
    lines: Sequence[tuple[int, datetime, bytes]],
    now: datetime,
) -> Seal:
    number = before.id + 1 if before else 1
    skipped = one(connection, number & (number - 1))
    return Seal(
        id=number,
        sealed_at=now,
        total=(before.total if before else 0) + len(lines),
        last_line=lines[-1][0],
        root=merkle.root([leaf_of(*line) for line in lines]),
        previous=before.hash if before else GENESIS,
        skipped=skipped.hash if skipped else GENESIS,
    )


def leaf_of(line_id: int, at: datetime, hashed: bytes) -> bytes:
    """The leaf of a line: its number and instant bound to the hash of its content."""
    micros = int(at.timestamp()) * 1_000_000 + at.microsecond
    return merkle.leaf(line_id.to_bytes(8, "big") + micros.to_bytes(8, "big", signed=True) + hashed)


def head(connection: psycopg.Connection) -> Seal | None:
    """The newest seal."""
    row = connection.execute(f"SELECT {HEADER} FROM ledger_seal ORDER BY id DESC LIMIT 1").fetchone()
    return Seal(*row) if row else None


def one(connection: psycopg.Connection, number: int) -> Seal | None:
    """The header of one seal."""
    row = connection.execute(f"SELECT {HEADER} FROM ledger_seal WHERE id = %s", [number]).fetchone()
    return Seal(*row) if row else None


def way(start: int, end: int) -> Iterator[int]:
    """The numbers from a seal back to an earlier one, the longest step first.

    >>> list(way(21, 3))
    [21, 20, 16, 15, 14, 12, 8, 7, 6, 4, 3]
    """
    while start > end:
        yield start
        jump = start & (start - 1)
        start = jump if jump >= end else start - 1
    yield start


def leads(seals: Sequence[Seal]) -> bool:
    """Whether each header holds the hash of the one after it, under the right number."""
    return all(
        (later.previous if earlier.id == later.id - 1 else later.skipped) == earlier.hash
        and earlier.id in (later.id - 1, later.id & (later.id - 1))
        for later, earlier in pairwise(seals)
    )
