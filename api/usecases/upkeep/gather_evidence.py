"""Gather the bitácora of one account: every contact, verdict and change in order, with proofs."""

from dataclasses import dataclass
from datetime import datetime

from api.bitacora import EVENTS, line_sentence, sentence
from api.clock import Clock
from engine.errors import BookError
from storage.account_history import (
    AccountHead,
    ProvenLine,
    account_head,
    happenings,
    proven_lines,
    seals_towards,
)
from storage.database import Database
from storage.ledger import append_line
from storage.seals import Seal, seal_waiting


@dataclass(frozen=True)
class Entry:
    """One thing that happened, told in Spanish; ``line`` is its line of the ledger where it has one."""

    at: datetime
    kind: str
    said: str
    line: int | None = None


@dataclass(frozen=True)
class Evidence:
    """The history of an account, the ledger lines in it with their proofs, and the seals up to the head."""

    account: AccountHead
    made_at: datetime
    entries: tuple[Entry, ...]
    lines: tuple[ProvenLine, ...]
    seals: tuple[Seal, ...]

    @property
    def head(self) -> Seal | None:
        """The chain's head when the evidence was made."""
        return self.seals[0] if self.seals else None


def hand_out_evidence(
    database: Database, clock: Clock, portfolio_key: str, number: str, *, by: str, on_the_page: bool
) -> Evidence:
    """Gather, and write down who took it; that line is in the evidence that is gathered next."""
    evidence = gather_evidence(database, clock, portfolio_key, number)
    body = {"by": by, "paper": on_the_page, "entries": len(evidence.entries)}
    with database.connection() as connection:
        append_line(connection, evidence.made_at, "evidence.taken", f"account:{evidence.account.id}", body)
    return evidence


def gather_evidence(database: Database, clock: Clock, portfolio_key: str, number: str) -> Evidence:
    """Seal what waits, and gather; ``BookError`` for an account the portfolio does not have."""
    now = clock.now()
    with database.connection() as connection:
        while seal_waiting(connection, now):
            pass
    with database.connection() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        account = account_head(connection, portfolio_key, number)
        if account is None:
            raise BookError(f"{portfolio_key} has no account {number}", place=number, code="account.unknown")
        events = [int(kind) for kind in EVENTS]
        told = [
            Entry(one.at, one.kind, sentence(one.kind, one.what, account.currency, account.country))
            for one in happenings(connection, account, events)
        ]
        lines = proven_lines(connection, [f"account:{account.id}", f"person:{account.person_id}"])
        seals = seals_towards(connection, [line.seal for line in lines])
    told += [Entry(line.at, line.kind, line_sentence(line.kind, line.body), line.id) for line in lines]
    told.sort(key=lambda entry: (entry.at, entry.line or 0))
    return Evidence(account, now, tuple(told), tuple(lines), tuple(seals))
