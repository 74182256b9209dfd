"""Drop what is older than the months an installation keeps, and put it on record."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from api.clock import Clock
from engine.errors import ServiceError
from storage import retention, seals
from storage.database import Database
from storage.inbox import forget_worked
from storage.ledger import append_line

LEAST_MONTHS = 3
"""Caps, locks and open waits look back this far at most."""


@dataclass(frozen=True)
class Retained:
    """What went: partitions by name, and items of enrolments that had ended."""

    keep_from: date
    partitions: tuple[str, ...]
    items: int


def retain_months(
    database: Database, clock: Clock, months: int, *, evidence_months: int | None = None
) -> Retained:
    """Keep so many whole months besides the present one; the ledger too, but only if asked for.

    ``ServiceError`` for fewer than three months, or for evidence kept shorter than what it proves.
    """
    if months < LEAST_MONTHS:
        raise ServiceError(
            f"{months} months are too few", code="retain.months", hint=f"at least {LEAST_MONTHS}"
        )
    if evidence_months is not None and evidence_months < months:
        raise ServiceError(
            "the ledger outlives what it proves", code="retain.evidence", hint=f"--ledger-months {months}"
        )
    now = clock.now()
    with database.connection() as connection:
        dropped = retention.drop_before(connection, months_before(now.date(), months))
        names = dropped.partitions
        old = None if evidence_months is None else months_before(now.date(), evidence_months)
        if old is not None:
            while seals.seal_waiting(connection, now):
                pass
            names += retention.drop_evidence_before(connection, old).partitions
        inbox = forget_worked(connection, datetime.combine(months_before(now.date(), 1), time(0), UTC))
        done = Retained(months_before(now.date(), months), names, dropped.items)
        body = {
            "keep_from": str(done.keep_from),
            "partitions": list(done.partitions),
            "items": done.items,
            "inbox": inbox,
            "evidence_months": evidence_months,
            "evidence_keep_from": str(old) if old else None,
        }
        append_line(connection, now, "retention.applied", "installation", body)
    return done


def months_before(day: date, months: int) -> date:
    """The first day of the month so many months before that of ``day``.

    >>> months_before(date(2026, 11, 21), 12)
    datetime.date(2025, 11, 1)
    """
    first = day.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    return first
