"""Messages that people carry out: leased, guarded and recorded like any other, without a provider.

A call list, a batch of letters and a person's assisted queue all come through here, so none of them has a
way round the policy: from its guard on a message counts for the caps.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg

from api.clock import Clock
from api.delivery.guarding import Guard, Guarded
from api.delivery.judging import Cleared
from engine.errors import ServiceError
from engine.vocabulary import MessageState
from storage.database import Database
from storage.held_connection import HeldConnection
from storage.outbox.hand_outs import HandOut, lease_one, write_hand_outs
from storage.outbox.lanes import hold_lane, release_lanes
from storage.outbox.leases import Leased, give_back, lease_due
from storage.outbox.outcomes import PostOutcome, record

GROUP = 100
"""Most messages guarded in one transaction: their persons are locked meanwhile."""


class ByHand:
    """One hand-out from one lane; nobody else hands out from it until it ends."""

    def __init__(self, database: Database, clock: Clock, lane: int) -> None:
        self._connection = HeldConnection(database)
        self._clock = clock
        self._lane = lane
        self._worker = f"hand-{uuid4()}"
        self._guard = Guard(self._connection, self._worker, clock)

    def lease(self, most: int, leaving: Sequence[UUID] = ()) -> list[Leased]:
        """Lease up to ``most`` due messages, the most urgent first, ``leaving`` some out."""
        with self._connection.transaction() as connection:
            self._hold(connection)
            due = lease_due(connection, self._worker, {self._lane: most + len(leaving)}, self._clock.now())
            wanted = [one for one in due if one.id not in leaving][:most]
            give_back(connection, [one for one in due if one not in wanted])
        return wanted

    def lease_one(self, message_id: UUID) -> list[Leased]:
        """Lease one message; none when it is not queued any more or its window has passed."""
        with self._connection.transaction() as connection:
            self._hold(connection)
            return lease_one(connection, self._worker, message_id, self._clock.now())

    def guard(self, leased: Sequence[Leased]) -> Guarded:
        """Pass messages by the guard: the cleared count from now on, the others are put aside or wait."""
        return self._guard.pass_group(leased)

    def unclear(self, messages: Sequence[Cleared]) -> None:
        """Queue cleared messages again: they were only looked at."""
        with self._connection.transaction() as connection:
            give_back(connection, [one.message for one in messages])

    def record(
        self, handed: Sequence[tuple[Cleared, HandOut]], failed: Sequence[tuple[Cleared, str]] = ()
    ) -> None:
        """What was handed out is accepted; what could not be written fails with its reason."""
        outcomes = [
            _outcome(cleared, MessageState.ACCEPTED, provider_id=f"{row.batch}/{row.line}")
            for cleared, row in handed
        ]
        outcomes += [_outcome(cleared, MessageState.FAILED, reason=reason) for cleared, reason in failed]
        with self._connection.transaction() as connection:
            record(connection, outcomes, self._clock.now())
            write_hand_outs(connection, [row for _, row in handed])

    def _hold(self, connection: psycopg.Connection) -> None:
        if not hold_lane(connection, self._worker, self._lane):
            raise ServiceError(
                "somebody else is handing out from here", code="hand_out.busy", hint="try again in a moment"
            )

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """A transaction on the same connection."""
        with self._connection.transaction() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the lane."""
        with self._connection.transaction() as connection:
            release_lanes(connection, self._worker)
        self._connection.close()


@contextmanager
def handing_out(database: Database, clock: Clock, lane: int) -> Iterator[ByHand]:
    """A hand-out that lets go of its lane at its end."""
    hand = ByHand(database, clock, lane)
    try:
        yield hand
    finally:
        hand.close()


def _outcome(cleared: Cleared, state: MessageState, provider_id: str = "", reason: str = "") -> PostOutcome:
    message = cleared.message
    return PostOutcome(
        message.id, message.local_on, message.fence, message.person_id, state, provider_id or None, reason
    )
