"""The agent desk: one queue of what waits for people, the next task, calls, results, callbacks."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.conversation_bodies import DebtOut, EntryOut, LawfulOut, debt_out, entry_out, lawful_out
from api.http.paging import After, Limit, Page, cut, place_of
from api.http.resource import resource
from api.http.routes.conversations import Note
from api.http.routes.happenings import Instant, Name, Text
from api.http.service import Parts, Service
from api.index_key import address_index
from api.masking import mask_name
from api.usecases.desk.read_tasks import read_task, unknown_task
from api.usecases.desk.record_result import PaymentFound, ResultIn, record_result
from api.usecases.desk.work_tasks import (
    Worker,
    begin_call,
    release_task,
    schedule_callback,
    take_next_task,
    take_task,
)
from storage import tasks
from storage.task_sources import gather_tasks
from storage.tasks import Kind, TaskRow, View

router = resource("/portfolios/{portfolio}", "tasks")

Desk = Annotated[Caller, may("task.work")]
TaskId = Annotated[int, Path(ge=1, le=2**62)]


class TaskOut(BaseModel):
    """Something that waits for a person; `value` in whole minor units of `currency`."""

    id: int
    kind: str
    queue: str
    skill: str
    state: str = Field(description="open, taken, done or expired.")
    account: str
    person: str = Field(description="Masked without `person.see`.")
    value: int
    currency: str
    priority: int
    due_at: datetime
    not_before: datetime | None
    for_agent: str
    taken_by: str | None
    taken_at: datetime | None
    result: str
    created_at: datetime
    ended_at: datetime | None
    about: dict[str, Any]


class LeafOut(BaseModel):
    """One way a task may end."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    es: str
    en: str
    action: str
    contact: str
    two_way: bool
    next: str


class TaskDetail(BaseModel):
    """A task with all that whoever works it looks at."""

    task: TaskOut
    debts: list[DebtOut]
    channels: list[LawfulOut]
    conversation: int | None
    results: list[LeafOut]
    timeline: list[EntryOut]


class NextOut(BaseModel):
    """The task that was taken; null: nothing waits."""

    task: TaskDetail | None


class QueueOut(BaseModel):
    """How much waits in one queue, in one currency."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    queue: str
    open: int
    taken: int
    overdue: int
    value: int
    currency: str


class QueuesOut(BaseModel):
    """The queues of a portfolio."""

    items: list[QueueOut]


class NextBody(BaseModel):
    """Of which kinds and queues; empty: any."""

    kinds: Annotated[list[Kind], Field(max_length=10)] = []
    queues: Annotated[list[Text], Field(max_length=50)] = []


class Nothing(BaseModel):
    """No more is needed."""


class PaymentBody(BaseModel):
    """The money a claim was about, as a person found it; `amount` in whole minor units."""

    amount: Annotated[int, Field(gt=0, le=10**15, examples=[150050])]
    reference: Name
    paid_at: Instant


class ResultBody(BaseModel):
    """How it ended; `contact` is the call that led to it."""

    code: Name = Field(examples=["promesa"])
    note: Note = ""
    contact: Text = ""
    payment: PaymentBody | None = None


class CallbackBody(BaseModel):
    """When to call."""

    at: Instant
    note: Note = ""


class CallOut(BaseModel):
    """A call that may be made now; it counts from here on."""

    contact: str = Field(description="Tell it with the result.")
    phone: str
    link: str


@router.get("/tasks")
def list_tasks(
    parts: Parts,
    who: Desk,
    portfolio: str,
    view: Annotated[View, Query()] = "open",
    kind: Annotated[Kind | None, Query()] = None,
    queue: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 50,
    after: After = "",
) -> Page[TaskOut]:
    """What waits, by priority and value; `done`: the newest first."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    place = place_of(after, int, int, int)
    now = parts.clock.now()
    with parts.database.connection() as connection:
        gather_tasks(connection, portfolio_id, now)
    with parts.database.connection() as connection:
        rows = tasks.list_tasks(
            connection, portfolio_id, view, login=who.name, kind=kind, queue=queue,
            after=(place[0], place[1], place[2]) if place else None, most=limit + 1, now=now,
        )  # fmt: skip
    page, following = cut(rows, limit, lambda row: _place(row, view))
    clear = who.may("person.see", portfolio_id)
    return Page(items=[task_out(row, clear) for row in page], next=following)


@router.get("/tasks/queues")
def show_queues(parts: Parts, who: Desk, portfolio: str) -> QueuesOut:
    """How much waits in each queue."""
    del who
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    now = parts.clock.now()
    with parts.database.connection() as connection:
        gather_tasks(connection, portfolio_id, now)
        rows = tasks.queue_figures(connection, portfolio_id, now)
    return QueuesOut(items=[QueueOut.model_validate(row) for row in rows])


@router.post("/tasks/next")
def take_the_next_task(parts: Parts, who: Desk, portfolio: str, body: NextBody) -> NextOut:
    """The most urgent one, taken in the same breath: no two agents get the same."""
    worker = _worker(parts, who, portfolio)
    task_id = take_next_task(parts.database, parts.clock, worker, body.kinds, body.queues)
    return NextOut(task=None if task_id is None else _detail(parts, who, portfolio, task_id))


@router.get("/tasks/{task}")
def show_task(parts: Parts, who: Desk, portfolio: str, task: TaskId) -> TaskDetail:
    """One task: its debts, whether a call or message is lawful now, how it may end."""
    return _detail(parts, who, portfolio, task)


@router.post("/tasks/{task}/take")
def take_a_task(parts: Parts, who: Desk, portfolio: str, task: TaskId, body: Nothing) -> TaskDetail:
    """Take one."""
    del body
    take_task(parts.database, parts.clock, task, _worker(parts, who, portfolio))
    return _detail(parts, who, portfolio, task)


@router.post("/tasks/{task}/release")
def release_a_task(parts: Parts, who: Desk, portfolio: str, task: TaskId, body: Nothing) -> TaskOut:
    """Open it again for others."""
    del body
    release_task(parts.database, parts.clock, task, _worker(parts, who, portfolio))
    return _shown(parts, who, portfolio, task)


@router.post("/tasks/{task}/calls")
def begin_a_call(parts: Parts, who: Desk, portfolio: str, task: TaskId, body: Nothing) -> CallOut:
    """The number to dial, if a call is lawful now: it counts from here on; else refused with article."""
    del body
    call = begin_call(parts.database, parts.clock, task, _worker(parts, who, portfolio))
    return CallOut(contact=call.contact, phone=call.phone, link=f"tel:{call.phone}")


@router.post("/tasks/{task}/result")
def end_a_task(parts: Parts, who: Desk, portfolio: str, task: TaskId, body: ResultBody) -> TaskOut:
    """End it; of an escalation the result is the event its step waits for."""
    found = body.payment
    told = ResultIn(
        body.code, body.note, body.contact,
        None if found is None else PaymentFound(found.amount, found.reference, _aware(found.paid_at)),
    )  # fmt: skip
    worker = _worker(parts, who, portfolio)
    record_result(parts.database, parts.clock, task, told, worker, address_index(parts.settings))
    parts.doorbell.ring("react.events")
    return _shown(parts, who, portfolio, task)


@router.post("/tasks/{task}/callback")
def promise_a_call(parts: Parts, who: Desk, portfolio: str, task: TaskId, body: CallbackBody) -> TaskOut:
    """End it with a call at an hour, inside the law's, that comes back to the same agent."""
    worker = _worker(parts, who, portfolio)
    made = schedule_callback(parts.database, parts.clock, task, _aware(body.at), body.note, worker)
    return _shown(parts, who, portfolio, made)


def task_out(row: TaskRow, clear: bool) -> TaskOut:
    """A task as it is told, the person masked unless ``clear``."""
    told = {name: getattr(row, name) for name in TaskOut.model_fields}
    about = {name: value for name, value in row.about.items() if name not in _INNER}
    return TaskOut(**told | {"person": row.person if clear else mask_name(row.person), "about": about})


_INNER = frozenset({"enrolment", "step", "waits", "origin"})
"""What a task knows for the program's own use."""


def _place(row: TaskRow, view: View) -> tuple[int, int, int]:
    if view == "done" and row.ended_at is not None:
        return 0, -int(row.ended_at.timestamp()), row.id
    return -row.priority, -row.value, row.id


def _worker(parts: Service, who: Caller, portfolio: str) -> Worker:
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    return Worker(who.name, portfolio_id, who.may("conversation.supervise", portfolio_id))


def _detail(parts: Service, who: Caller, portfolio: str, task_id: int) -> TaskDetail:
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    opened = read_task(parts.database, parts.clock, portfolio_id, portfolio, task_id)
    clear = who.may("person.see", portfolio_id)
    return TaskDetail(
        task=task_out(opened.task, clear),
        debts=[debt_out(debt) for debt in opened.debts],
        channels=[lawful_out(each, clear) for each in opened.channels],
        conversation=opened.conversation,
        results=[LeafOut.model_validate(leaf) for leaf in opened.results],
        timeline=[entry_out(each) for each in opened.timeline],
    )


def _shown(parts: Service, who: Caller, portfolio: str, task_id: int) -> TaskOut:
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        row = tasks.find_task(connection, task_id)
    if row is None:
        raise unknown_task(task_id)
    return task_out(row, who.may("person.see", portfolio_id))


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
