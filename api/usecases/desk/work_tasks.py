"""Tasks in somebody's hands: the next one, a given one, back, and a call promised for later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg

from api.clock import Clock
from api.delivery.lawful import Lawful, ask_lawful
from api.usecases.desk.read_tasks import ASKED_FOR, purposes_of, subject_of, unknown_task
from api.usecases.desk.result_tree import CALLED
from api.usecases.people.record_outside_contact import OutsideContactIn, note_outside_contact
from engine.errors import BookError
from engine.vocabulary import Channel
from storage import tasks
from storage.agents import agents_of
from storage.conversations_seen import debts_of
from storage.database import Database
from storage.ledger import append_line
from storage.person_lock import lock_persons
from storage.personal import seal_words
from storage.task_sources import gather_tasks
from storage.tasks import TaskRow

SOURCE = "desk"
"""The source of contacts and results that come from the desk."""

LATEST_CALLBACK = timedelta(days=60)
CALLBACK_STAYS = timedelta(days=1)
CALLBACK = "callback"


@dataclass(frozen=True)
class Worker:
    """Who works, in which portfolio, and whether they may end what is somebody else's."""

    login: str
    portfolio_id: int
    supervises: bool = False


def take_next_task(
    database: Database, clock: Clock, worker: Worker, kinds: Sequence[str], queues: Sequence[str]
) -> int | None:
    """Take the most urgent task one may work; its number, ``None`` when nothing waits."""
    now = clock.now()
    with database.connection() as connection:
        gather_tasks(connection, worker.portfolio_id, now)
    with database.connection() as connection:
        mine = [one for one in agents_of(connection, worker.portfolio_id) if one.login == worker.login]
        skills = mine[0].kinds if mine else []
        task_id = tasks.take_next(
            connection, worker.portfolio_id, login=worker.login, skills=skills, kinds=kinds, queues=queues,
            now=now,
        )  # fmt: skip
        if task_id is not None:
            append_line(connection, now, "task.taken", f"task:{task_id}", {"by": worker.login})
        return task_id


def take_task(database: Database, clock: Clock, task_id: int, worker: Worker) -> None:
    """Take one task; ``BookError`` when it is over or somebody else's."""
    now = clock.now()
    with database.connection() as connection:
        gather_tasks(connection, worker.portfolio_id, now)
    with database.connection() as connection:
        task = expect_open_task(connection, task_id, worker.portfolio_id)
        if not tasks.take(connection, task_id, worker.login, now):
            raise BookError(
                f"la tarea la tiene {task.taken_by}", code="task.taken", place=task.taken_by or ""
            )
        append_line(connection, now, "task.taken", f"task:{task_id}", {"by": worker.login})


def release_task(database: Database, clock: Clock, task_id: int, worker: Worker) -> None:
    """Open a task again that one has taken."""
    with database.connection() as connection:
        task = expect_my_task(connection, task_id, worker)
        tasks.give_back(connection, task.id)
        append_line(connection, clock.now(), "task.released", f"task:{task_id}", {"by": worker.login})


@dataclass(frozen=True)
class Call:
    """A call that may be made now: its reference for the result, and the number to dial."""

    contact: str
    phone: str


def begin_call(database: Database, clock: Clock, task_id: int, worker: Worker) -> Call:
    """Ask the policy and, if it allows, count a call from here on; ``BookError`` with article if not."""
    now = clock.now()
    with database.connection() as connection:
        task = _hold(connection, task_id, worker)
        (told,) = ask_lawful(
            connection, subject_of(task, _debts(connection, task)), now, [Channel.VOICE], purposes_of(task)
        )
        _expect_lawful(told, "call.not_lawful")
        reference = f"{SOURCE}-{task.id}-{uuid4().hex[:8]}"
        contact = OutsideContactIn(
            task.person_id, task.creditor_id, Channel.VOICE, now, worker.login, SOURCE, reference,
            account_id=task.account_id,
        )  # fmt: skip
        note_outside_contact(connection, contact, now)
    return Call(reference, told.address)


def schedule_callback(
    database: Database, clock: Clock, task_id: int, at: datetime, note: str, worker: Worker
) -> int:
    """A call promised for an hour, which comes back to the same agent; the number of its task.

    What is worked by calling ends with it and goes on as a callback; a case or claim itself comes back.
    ``BookError`` for an hour that is past, too far, or outside the law's.
    """
    now = clock.now()
    with database.connection() as connection:
        task = _hold(connection, task_id, worker)
        if not now < at <= now + LATEST_CALLBACK:
            raise BookError(
                "la llamada se agenda de hoy a 60 días", code="callback.when", place="at", hint=at.isoformat()
            )
        subject = subject_of(task, _debts(connection, task))
        (told,) = ask_lawful(connection, subject, at, [Channel.VOICE], ASKED_FOR)
        _expect_lawful(told, "callback.not_lawful")
        made = _promise(connection, task, at, note, worker, now)
        body = {"by": worker.login, "callback": made, "at": at.isoformat()}
        append_line(connection, now, "task.callback", f"task:{task.id}", body)
    return made


def _promise(
    connection: psycopg.Connection, task: TaskRow, at: datetime, note: str, worker: Worker, now: datetime
) -> int:
    if task.kind not in CALLED:
        tasks.put_off(connection, task.id, at, worker.login)
        return task.id
    (sealed,) = seal_words(connection, task.person_id, [note])
    tasks.end_task(connection, task.id, CALLBACK, sealed, worker.login, now)
    number = int(task.about.get("number", 0)) + 1 if task.kind == CALLBACK else 1
    return tasks.add_callback(
        connection, task, number, at=at, due_at=at + CALLBACK_STAYS, login=worker.login, note=sealed, now=now
    )


def expect_open_task(connection: psycopg.Connection, task_id: int, portfolio_id: int) -> TaskRow:
    """A task of a portfolio that is not over, its row held."""
    task = tasks.hold_task(connection, task_id)
    if task is None or task.portfolio_id != portfolio_id:
        raise unknown_task(task_id)
    if task.state not in ("open", "taken"):
        raise BookError(f"la tarea está {task.state}", code="task.over", place=task.result)
    return task


def expect_my_task(connection: psycopg.Connection, task_id: int, worker: Worker) -> TaskRow:
    """The same, when nobody else has it, or one supervises."""
    task = expect_open_task(connection, task_id, worker.portfolio_id)
    if task.taken_by not in (None, worker.login) and not worker.supervises:
        raise BookError(f"la tarea la tiene {task.taken_by}", code="task.taken", place=task.taken_by or "")
    return task


def _hold(connection: psycopg.Connection, task_id: int, worker: Worker) -> TaskRow:
    """The same, the person's lock taken first."""
    known = tasks.find_task(connection, task_id)
    if known is None or known.portfolio_id != worker.portfolio_id:
        raise unknown_task(task_id)
    lock_persons(connection, [known.person_id])
    return expect_my_task(connection, task_id, worker)


def _debts(connection: psycopg.Connection, task: TaskRow) -> list[int]:
    return [debt.id for debt in debts_of(connection, task.person_id, task.creditor_id)]


def _expect_lawful(told: Lawful, code: str) -> None:
    if told.may:
        return
    cited = f" ({told.law}, {told.article})" if told.law else ""
    raise BookError(
        f"no se permite llamar: {told.reason}{cited}",
        code=code,
        place=told.code,
        hint=f"desde {told.until.isoformat()}" if told.until else "",
    )
