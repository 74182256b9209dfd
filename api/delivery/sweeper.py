"""Every few seconds puts right what dead workers left, closes what is too late, and rings the doorbells."""

import psycopg
import structlog

from api.clock import Clock
from api.delivery.crash_points import MID_SWEEP, CrashPoints
from storage import domain_events, outgoing_webhooks, payment_checks, payment_links
from storage.database import Database
from storage.events import new_events
from storage.held_connection import HeldConnection
from storage.outbox.sweep import (
    Swept,
    close_unknown,
    due_lanes,
    expire,
    give_up_sending,
    mark_for_review,
    requeue_leased,
    unapplied_portfolios,
)
from storage.queue import Doorbell
from storage.returned_mail import presume_delivered
from storage.timers import any_due

SWEEP_S = 5.0
_ONE_SWEEPER = "SELECT pg_try_advisory_xact_lock(hashtext('cadencia.sweep'))"

log = structlog.get_logger()


class Sweeper:
    """One sweep at a time over all processes; whoever comes while another sweeps does nothing."""

    def __init__(
        self, database: Database, clock: Clock, doorbell: Doorbell, crash: CrashPoints | None = None
    ) -> None:
        self._connection = HeldConnection(database)
        self._clock = clock
        self._doorbell = doorbell
        self._crash = crash or CrashPoints()

    def sweep(self) -> Swept | None:
        """Sweep once; ``None`` when another process is sweeping."""
        now = self._clock.now()
        with self._connection.transaction() as connection:
            row = connection.execute(_ONE_SWEEPER).fetchone()
            if row is None or not row[0]:
                return None
            swept = self._sweep(connection)
            waiting = {
                "react.events": domain_events.is_waiting(connection),
                "webhook.deliver": outgoing_webhooks.is_due(connection),
                "payment.check": payment_checks.is_due(connection)
                or payment_links.any_to_retire(connection, now),
            }
        with self._connection.transaction() as connection:  # its own: it locks persons before messages
            presume_delivered(connection, now)
        if any(_counts(swept).values()):
            log.info("delivery.swept", at=now.isoformat(), **_counts(swept))
        for portfolio_id in swept.unapplied_portfolios:
            self._doorbell.ring("delivery.apply", portfolio_id)
        for bell, rings in waiting.items():
            if rings:
                self._doorbell.ring(bell)
        if swept.new_events:
            self._doorbell.ring("reaction.evaluate")
        if swept.due_timers:
            self._doorbell.ring("timer.work")
        if swept.due_lanes:
            self._doorbell.call_senders()
        return swept

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _sweep(self, connection: psycopg.Connection) -> Swept:
        now = self._clock.now()
        queued_again = requeue_leased(connection)
        unknown = give_up_sending(connection, now)
        self._crash(MID_SWEEP)
        return Swept(
            queued_again=queued_again,
            unknown=unknown,
            expired=expire(connection, now),
            unconfirmed=close_unknown(connection, now),
            for_review=mark_for_review(connection),
            unapplied_portfolios=unapplied_portfolios(connection),
            due_lanes=due_lanes(connection, now),
            new_events=bool(new_events(connection, 1)),
            due_timers=any_due(connection, now),
        )


def _counts(swept: Swept) -> dict[str, int]:
    return {
        "queued_again": swept.queued_again,
        "unknown": swept.unknown,
        "expired": swept.expired,
        "unconfirmed": swept.unconfirmed,
        "for_review": swept.for_review,
    }
