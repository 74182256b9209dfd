"""Let enrolments go on once their message was accepted, or come back when it was not (trigger delivery).

A message that failed for good may be followed by its fallback: the engine is asked in the same evaluation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import psycopg
import structlog

from api.bisecting import work_apart
from api.clock import BusinessClock
from api.delivery.crash_points import AFTER_APPLY, BEFORE_APPLY_COMMIT, UNHARMED, CrashPoints
from api.evaluation import Evaluator, Occasion
from api.returned import Returned, Settled
from api.settings import load_settings
from api.usecases.strategies.follow_publications import follow_publications
from engine.daily_close import Close
from engine.vocabulary import MessageState, Trigger
from storage import faults, runs
from storage.database import Database
from storage.day_write.messages import new_number
from storage.outbox import reasons
from storage.outbox.settled import WORK, SettledItem, mark_applied, read_settled
from storage.reading import Selection
from storage.timers import put_off_legs

BATCH = 500
_WENT = frozenset(
    {
        MessageState.ACCEPTED,
        MessageState.DELIVERED,
        MessageState.READ,
        MessageState.UNKNOWN,
        MessageState.SHADOW,
    }
)
_FINAL = (
    reasons.BLOCKED,
    reasons.PROVIDER,
    reasons.OPTED_OUT,
    reasons.NO_CONTACT_POINT,
    reasons.RENDER,
)
"""Beginnings of reasons that no later day lifts."""

_OF_DELIVERIES = 1 << 62
"""Set in the numbers of these evaluations, so that no daily run has one of them."""

log = structlog.get_logger()


def apply_outcomes(
    database: Database, portfolio_id: int, *, shadow: bool = False, crash: CrashPoints = UNHARMED
) -> int:
    """Apply every settled message of a portfolio, in batches; returns how many messages.

    With ``shadow`` those of a newest date that ran in shadow, as if a provider had accepted them all. A
    message whose evaluation raises is tried again later and then set aside; the others go on.
    """
    applied = 0
    evaluator: Evaluator | None = None
    while True:
        with database.connection() as connection:
            day = runs.newest(connection, portfolio_id)
            run = None if day is None else runs.find(connection, portfolio_id, day)
            if day is None or run is None or (shadow and not run.shadow):
                return applied
            items = read_settled(connection, portfolio_id, BATCH, day if shadow else None)
        if not items:
            if applied:
                follow_publications(database, portfolio_id)
            return applied
        evaluator = evaluator or Evaluator(database, portfolio_id)
        batch = _Batch(database, evaluator, day, run, crash)
        messages = list(_by_message(items).values())
        faulty = work_apart(messages, batch.apply)
        applied += len(messages) - len(faulty)
        _set_aside(database, faulty)


def _by_message(items: Sequence[SettledItem]) -> dict[UUID, list[SettledItem]]:
    found: dict[UUID, list[SettledItem]] = {}
    for item in items:
        found.setdefault(item.message_id, []).append(item)
    return found


def _set_aside(database: Database, faulty: Sequence[tuple[list[SettledItem], Exception]]) -> None:
    if not faulty:
        return
    with database.connection() as connection:
        noted = {str(items[0].message_id): (items[0].of_account, fault) for items, fault in faulty}
        for key in faults.note(connection, WORK, noted):
            log.error("delivery.set_aside", message=key)


@dataclass(frozen=True)
class _Batch:
    """Applies settled messages of one portfolio on its newest business date."""

    database: Database
    evaluator: Evaluator
    day: date
    run: runs.RunRow
    crash: CrashPoints

    def apply(self, messages: Sequence[list[SettledItem]]) -> None:
        """Apply some messages, whole or not at all."""
        items = [item for one in messages for item in one]
        failed = sorted({item.message_id for item in items if _calls_fallback(item)})
        waiting = {item.enrolment_id: item for item in items if item.enrolment_id and not _comes_again(item)}
        about = [item.account_id for item in waiting.values()]
        about += [item.of_account for item in items if item.message_id in failed]
        accounts = tuple(sorted({account for account in about if account is not None}))

        def finish(connection: psycopg.Connection, close: Close | None) -> None:
            del close
            self._mark(connection, items, failed)
            self.crash(BEFORE_APPLY_COMMIT)

        if not accounts:
            with self.database.connection() as connection:
                finish(connection, None)
            return
        with self.database.connection() as connection:
            number = new_number(connection, _OF_DELIVERIES)
        self.evaluator.evaluate(
            Selection(self.evaluator.portfolio_id, account_ids=accounts),
            Occasion(
                day=self.day,
                at=BusinessClock(self.database).now(),
                trigger=Trigger.DELIVERY,
                evaluation=number,
                run_id=self.run.id,
                shadow=self.run.shadow,
                released=True,
            ),
            Returned(
                deliveries={
                    key: Settled(_fate(item), int(item.settled_at.timestamp() * 1_000_000))
                    for key, item in waiting.items()
                    if not (item.alive and item.message_id in failed)
                },
                calls=failed,
            ),
            before_commit=finish,
        )
        self.crash(AFTER_APPLY)

    def _mark(self, connection: psycopg.Connection, items: Sequence[SettledItem], failed: list[UUID]) -> None:
        late = sorted({item.message_id for item in items if _comes_again(item)})
        put_off_legs(connection, late, self.day + timedelta(days=1))
        mark_applied(connection, sorted({(item.message_id, item.local_on) for item in items}), failed)
        faults.forget(connection, WORK, sorted({str(item.message_id) for item in items}))


def _calls_fallback(item: SettledItem) -> bool:
    """Whether the message failed at its provider for good; whether it has a fallback the engine knows."""
    return item.leg == 0 and item.state == MessageState.FAILED and item.reason.startswith(reasons.PROVIDER)


def _comes_again(item: SettledItem) -> bool:
    """Whether a fallback did not leave for a reason that another day lifts."""
    if item.leg == 0:
        return False
    put_off = item.state == MessageState.WITHDRAWN and item.reason.startswith(reasons.DEFERRED)
    return put_off or item.state == MessageState.EXPIRED


def _fate(item: SettledItem) -> str:
    if item.alive and item.state in _WENT:
        return "unknown" if item.state == MessageState.UNKNOWN else "accepted"
    final = item.state in (MessageState.FAILED, MessageState.WITHDRAWN) and item.reason.startswith(_FINAL)
    return "failed" if final or item.leg else "lifted"


def apply_outcomes_of_portfolio(portfolio_id: int) -> None:
    """The job ``delivery.apply``."""
    apply_outcomes(Database(load_settings().database_url), portfolio_id)
