"""Let enrolments go on once their message was accepted, or come back when it was not (trigger delivery)."""

from datetime import date
from uuid import UUID

import psycopg

from api.clock import BusinessClock
from api.evaluation import Evaluator, Occasion, Settled
from api.settings import load_settings
from engine.daily_close import Close
from engine.vocabulary import MessageState, Trigger
from storage import runs
from storage.database import Database
from storage.outbox import reasons
from storage.outbox.settled import SettledItem, mark_applied, read_settled
from storage.reading import Selection

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
_FINAL = (reasons.BLOCKED, reasons.PROVIDER, reasons.OPTED_OUT, reasons.NO_CONTACT_POINT, reasons.RENDER)
"""Beginnings of reasons that no later day lifts."""


def apply_outcomes(database: Database, portfolio_id: int, *, shadow: bool = False) -> int:
    """Apply every settled message of a portfolio, in batches; returns how many messages.

    With ``shadow`` those of a newest date that ran in shadow, as if a provider had accepted them all.
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
            return applied
        evaluator = evaluator or Evaluator(database, portfolio_id)
        applied += _apply(database, evaluator, items, day, run)


def _apply(
    database: Database, evaluator: Evaluator, items: list[SettledItem], day: date, run: runs.RunRow
) -> int:
    messages = sorted({(item.message_id, item.local_on) for item in items})
    waiting = {item.enrolment_id: item for item in items if item.enrolment_id is not None}

    def finish(connection: psycopg.Connection, close: Close) -> None:
        del close
        mark_applied(connection, messages)

    if not waiting:
        with database.connection() as connection:
            mark_applied(connection, messages)
        return len(messages)
    accounts = {item.account_id for item in waiting.values() if item.account_id is not None}
    evaluator.evaluate(
        Selection(evaluator.portfolio_id, account_ids=tuple(sorted(accounts))),
        Occasion(
            day=day,
            at=BusinessClock(database).now(),
            trigger=Trigger.DELIVERY,
            evaluation=_evaluation(messages[0][0]),
            run_id=run.id,
            shadow=run.shadow,
            released=True,
            share=evaluator.reserve,
        ),
        deliveries={
            key: Settled(_fate(item), int(item.settled_at.timestamp() * 1_000_000))
            for key, item in waiting.items()
        },
        before_commit=finish,
    )
    return len(messages)


def _fate(item: SettledItem) -> str:
    if item.alive and item.state in _WENT:
        return "accepted"
    final = item.state in (MessageState.FAILED, MessageState.WITHDRAWN) and item.reason.startswith(_FINAL)
    return "failed" if final else "lifted"


def _evaluation(message_id: UUID) -> int:
    """A number no daily run has: the top bit is set, the rest is the first message's."""
    return (1 << 62) | (message_id.int >> 66)


def apply_outcomes_of_portfolio(portfolio_id: int) -> None:
    """The job ``delivery.apply``."""
    apply_outcomes(Database(load_settings().database_url), portfolio_id)
