"""Waits until what may be sent has been sent, and what came back has been taken in."""

from collections.abc import Callable

from api.clock import steady
from api.demo.stage import Stage
from engine.errors import ServiceError
from engine.vocabulary import MessageState

PATIENCE_S = 90.0
_OPEN = ", ".join(
    str(int(state)) for state in (MessageState.QUEUED, MessageState.LEASED, MessageState.SENDING)
)


def deliver(stage: Stage, pause: Callable[[float], None]) -> int:
    """Wait for the senders to empty what is due now, and for the outcomes to be applied; how many went out.

    ``ServiceError`` when nothing moves for ``PATIENCE_S``: the log of the processes says why.
    """
    before, moved_at = _left(stage), steady()
    while True:
        left = _left(stage)
        if left == (0, 0):
            return _sent(stage)
        if left != before:
            before, moved_at = left, steady()
        if steady() - moved_at > PATIENCE_S:
            raise ServiceError(
                f"{left[0]} messages wait and {left[1]} outcomes are not applied",
                place=str(stage.settings.data_dir / "service.log"),
                code="demo.stuck",
            )
        pause(0.1)


def _left(stage: Stage) -> tuple[int, int]:
    """Messages due and unsent, and settled ones whose enrolments have not moved."""
    now = stage.clock.now()
    with stage.database.connection() as connection:
        row = connection.execute(
            f"""SELECT count(*) FILTER (WHERE state IN ({_OPEN}) AND released AND send_at <= %(now)s
                                        AND expires_at > %(now)s),
                       count(*) FILTER (WHERE state NOT IN ({_OPEN}, {int(MessageState.SHADOW)})
                                        AND NOT applied)
                FROM message""",
            {"now": now},
        ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _sent(stage: Stage) -> int:
    with stage.database.connection() as connection:
        row = connection.execute(
            f"SELECT count(*) FROM message WHERE state IN ({int(MessageState.ACCEPTED)},"
            f" {int(MessageState.DELIVERED)}, {int(MessageState.READ)}, {int(MessageState.UNKNOWN)})"
        ).fetchone()
    return int(row[0]) if row else 0
