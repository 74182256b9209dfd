"""One task as an agent works it: its debts, whether a call or message is lawful now, how it may end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.clock import Clock
from api.delivery.lawful import Lawful, Subject, ask_lawful
from api.usecases.desk.result_tree import Leaf, leaves_of
from api.usecases.replies.read_conversations import in_order, timeline_of
from engine.errors import BookError
from engine.vocabulary import Channel, Purpose
from storage.conversation_timeline import Entry
from storage.conversations import open_talk_of
from storage.conversations_seen import DebtSeen, debts_of
from storage.database import Database
from storage.task_sources import gather_tasks
from storage.tasks import TaskRow, find_task

MOST_ENTRIES = 100

ASKED_FOR: Mapping[Channel, Purpose] = {Channel.VOICE: Purpose.INFORMATION}
"""A call about what the person told or asked us: no collection contact."""


@dataclass(frozen=True)
class TaskOpened:
    """A task with all that whoever works it looks at."""

    task: TaskRow
    debts: Sequence[DebtSeen]
    channels: Sequence[Lawful]
    conversation: int | None
    results: Sequence[Leaf]
    timeline: Sequence[Entry]


def read_task(
    database: Database, clock: Clock, portfolio_id: int, portfolio_key: str, task_id: int
) -> TaskOpened:
    """One task of a portfolio; ``BookError`` when there is none."""
    now = clock.now()
    with database.connection() as connection:
        gather_tasks(connection, portfolio_id, now)
    with database.connection() as connection:
        task = find_task(connection, task_id)
        if task is None or task.portfolio_id != portfolio_id:
            raise unknown_task(task_id)
        debts = debts_of(connection, task.person_id, task.creditor_id)
        subject = subject_of(task, [debt.id for debt in debts])
        concerned = [debt for debt in debts if debt.account == task.account] or debts
        talk = open_talk_of(connection, task.person_id, task.creditor_id)
        return TaskOpened(
            task,
            debts,
            ask_lawful(connection, subject, now, purposes=purposes_of(task)),
            talk.id if talk else None,
            leaves_of(task),
            in_order(timeline_of(connection, portfolio_key, subject, concerned), MOST_ENTRIES),
        )


def subject_of(task: TaskRow, account_ids: Sequence[int]) -> Subject:
    """Whom a task is about: its own debt, or all of the person's to the creditor."""
    own = (task.account_id,) if task.account_id is not None else tuple(account_ids)
    return Subject(task.person_id, task.creditor_id, task.portfolio_id, own)


def purposes_of(task: TaskRow) -> Mapping[Channel, Purpose] | None:
    """What a call for a task would be: of an escalation a collection contact, else information asked for."""
    return None if task.kind == "escalation" else ASKED_FOR


def unknown_task(task_id: int) -> BookError:
    """The refusal of a task the portfolio does not have."""
    return BookError(f"no existe la tarea {task_id}", code="task.unknown")
