"""What is older than it is kept: month partitions, and the items of enrolments that ended before."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import psycopg

from engine.errors import ServiceError
from engine.vocabulary import EnrolmentState
from storage import partitions
from storage.standing import CAUSE_ENROLMENT

EVIDENCE = frozenset({"ledger"})
"""Tables that prove what was done; they outlive what they prove and are dropped only by name."""


@dataclass(frozen=True)
class Dropped:
    """The partitions that went, and how many items of ended enrolments."""

    partitions: tuple[str, ...]
    items: int


def drop_before(connection: psycopg.Connection, keep_from: date) -> Dropped:
    """Drop messages, attempts, slots and verdicts of months before ``keep_from``, and items nobody needs.

    The items of an enrolment that is still open stay: by them nothing is asked for twice.
    """
    items = connection.execute(
        "DELETE FROM message_item i USING enrolment e WHERE i.cause_kind = %s AND e.id = i.cause_id"
        " AND e.state = %s AND e.ended_on < %s AND i.local_on < %s",
        [CAUSE_ENROLMENT, int(EnrolmentState.ENDED), keep_from, keep_from],
    ).rowcount
    kept: Collection[str] = partitions.MONTHLY.keys() - EVIDENCE
    return Dropped(tuple(partitions.drop_before(connection, keep_from, kept)), items)


def drop_evidence_before(connection: psycopg.Connection, keep_from: date) -> Dropped:
    """Drop the ledger's months before ``keep_from``, not their seals; ``ServiceError`` for unsealed ones."""
    row = connection.execute("SELECT min(at) FROM ledger_unsealed WHERE at < %s", [keep_from]).fetchone()
    if row and row[0] is not None:
        raise ServiceError(
            f"a line of {row[0]:%Y-%m-%d} is not sealed yet", code="retain.unsealed", hint="try again later"
        )
    return Dropped(tuple(partitions.drop_before(connection, keep_from, EVIDENCE)), 0)
