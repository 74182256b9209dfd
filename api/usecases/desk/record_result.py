"""A task ends with a result: the event its strategy waits for, a case answered, a claim confirmed or not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.delivery.lawful import number_to_dial
from api.hold_terms import hold_until
from api.usecases.desk.result_tree import CALLED, Leaf, leaves_of
from api.usecases.desk.work_tasks import SOURCE, Worker, expect_my_task
from api.usecases.money.make_promise import confirm_promise, read_debt, withdraw_promise
from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.people.open_complaint import answer_complaint
from api.usecases.people.open_dispute import answer_dispute
from api.usecases.people.record_opt_out import OptOut, refuse_channels
from api.usecases.people.record_outside_contact import OutsideContactIn, note_outside_contact
from api.usecases.people.record_wrong_number import WrongNumber, record_wrong_number
from api.usecases.replies.post_event import EventIn, take_event
from channels.calls import RESULTS
from engine.errors import BookError
from engine.vocabulary import Channel, EventName, HoldKind
from storage import holds, tasks
from storage.database import Database
from storage.events import revise_enrolments
from storage.ledger import append_line
from storage.person_lock import lock_persons
from storage.personal import seal_words
from storage.tasks import TaskRow

CONFIRMED, REJECTED = "confirmed", "rejected"


@dataclass(frozen=True)
class PaymentFound:
    """The money a claim was about, found by a person; ``amount`` in minor units of the account."""

    amount: int
    reference: str
    paid_at: datetime


@dataclass(frozen=True)
class ResultIn:
    """How a task ended; ``contact`` is the reference of the call that led to it, if one was begun."""

    code: str
    note: str = ""
    contact: str = ""
    payment: PaymentFound | None = None


def record_result(
    database: Database,
    clock: Clock,
    task_id: int,
    told: ResultIn,
    worker: Worker,
    index_of: Callable[[str], bytes] | None = None,
) -> None:
    """End a task. What it means for the account happens with it; told twice it is refused as over.

    ``index_of`` is the installation's blind index, by which a wrong number is blocked everywhere.
    """
    task = tasks_own(database, task_id, worker)
    leaf = _leaf(task, told.code)
    _settle_source(database, clock, task, told, worker)
    now = clock.now()
    with database.connection() as connection:
        lock_persons(connection, [task.person_id])
        held = tasks.hold_task(connection, task_id)
        assert held is not None
        (sealed,) = seal_words(connection, task.person_id, [told.note])
        if not tasks.end_task(connection, task_id, told.code, sealed, worker.login, now):
            if held.state == "expired" and task.kind not in CALLED:
                return  # its source was settled by this very result, and somebody gathered meanwhile
            raise BookError(f"la tarea está {held.state}", code="task.over", place=held.result)
        if task.kind in CALLED:
            _tell_strategy(connection, task, told.code, now)
            _count_contact(connection, task, leaf, told, worker, now)
        if task.kind == "paid_claim":
            _settle_claim(connection, task, told, now)
        body = {"by": worker.login, "kind": task.kind, "result": told.code, "note": sealed}
        append_line(connection, now, "task.result", f"person:{task.person_id}", body | {"task": task_id})
        dialled = number_to_dial(connection, task.person_id)
    if task.kind in CALLED and told.code in RESULTS and RESULTS[told.code].wrong_number and dialled:
        wrong = WrongNumber(dialled, f"{SOURCE}:{told.code}", told.note[:200])
        record_wrong_number(database, clock, wrong, index_of)


def tasks_own(database: Database, task_id: int, worker: Worker) -> TaskRow:
    """The task, when it is not over and nobody else's."""
    with database.connection() as connection:
        return expect_my_task(connection, task_id, worker)


def _leaf(task: TaskRow, code: str) -> Leaf:
    leaves = {leaf.code: leaf for leaf in leaves_of(task)}
    if code not in leaves:
        raise BookError(
            f"«{code}» no es un resultado de esta tarea", code="task.result", place="code",
            hint=", ".join(leaves),
        )  # fmt: skip
    return leaves[code]


def _settle_source(database: Database, clock: Clock, task: TaskRow, told: ResultIn, worker: Worker) -> None:
    """What has a use case of its own is settled by it; each of them may be told twice."""
    if task.kind == "dispute":
        case = int(task.about["case"])
        answer_dispute(
            database, clock, case, "accepted" if told.code == "accepted" else "rejected", by=worker.login,
            words=told.note,
        )  # fmt: skip
    elif task.kind == "complaint":
        if not told.note.strip():
            raise BookError("falta la respuesta a la queja", code="task.note", place="note")
        answer_complaint(
            database, clock, int(task.about["case"]), by=worker.login, answer=told.note, outcome=told.code
        )
    elif task.kind == "promise_echo" and told.code == CONFIRMED:
        confirm_promise(database, clock, int(task.about["promise"]), by=worker.login)
    elif task.kind == "promise_echo":
        withdraw_promise(database, clock, int(task.about["promise"]), by=worker.login, reason="sin confirmar")
    elif task.kind == "paid_claim" and told.payment is not None:
        _book(database, clock, task, told.code, told.payment)


def _book(database: Database, clock: Clock, task: TaskRow, code: str, found: PaymentFound) -> None:
    """The payment a person found, which the core has not told."""
    if code != CONFIRMED:
        raise BookError("un pago acompaña a «confirmed»", code="task.payment", place="payment")
    assert task.account_id is not None
    payment = PaymentIn(task.account_id, "verification", found.reference, found.amount, found.paid_at)
    record_payment(database, clock, payment)


def _settle_claim(connection: psycopg.Connection, task: TaskRow, told: ResultIn, now: datetime) -> None:
    """Rejected, or paid: the rest ends. Confirmed and not told by the core: it lasts once more as long."""
    assert task.account_id is not None
    debt = read_debt(connection, task.account_id)
    day = now.astimezone(ZoneInfo(debt.timezone)).date()
    holds.release(
        connection, HoldKind.PAID_CLAIM, day, person_id=task.person_id, account_ids=[task.account_id]
    )
    if told.code == CONFIRMED and told.payment is None:
        until: date = hold_until(HoldKind.PAID_CLAIM, day, debt.country, debt.settings)
        holds.place(
            connection, HoldKind.PAID_CLAIM, person_id=debt.person_id, creditor_id=debt.creditor_id,
            account_ids=[task.account_id], since=day, until=until, by=SOURCE, reason="pago por registrar",
        )  # fmt: skip
    revise_enrolments(connection, [task.account_id])


def _tell_strategy(connection: psycopg.Connection, task: TaskRow, code: str, now: datetime) -> None:
    """The event an escalation waits for: the code is the port it leaves by."""
    if task.account_id is None:
        return
    told = EventIn(EventName.AGENT_RESULT, task.account_id, now, SOURCE, f"task-{task.id}", code)
    take_event(connection, told, (), now)


def _count_contact(
    connection: psycopg.Connection, task: TaskRow, leaf: Leaf, told: ResultIn, worker: Worker, now: datetime
) -> None:
    """A call counts in the caps: the one that was begun, else this one, with what came of it."""
    if leaf.action != "call" and not told.contact:
        return
    known = connection.execute(
        "UPDATE outside_contact SET result = %s, two_way = two_way OR %s"
        " WHERE source = %s AND reference = %s AND person_id = %s",
        [told.code, leaf.two_way, SOURCE, told.contact, task.person_id],
    ).rowcount
    if told.contact and not known:
        raise BookError(f"no existe la llamada {told.contact}", code="contact.unknown", place="contact")
    if not known:
        contact = OutsideContactIn(
            task.person_id, task.creditor_id, Channel.VOICE, now, worker.login, SOURCE,
            f"{SOURCE}-{task.id}-result", leaf.two_way, told.code, task.account_id,
        )  # fmt: skip
        note_outside_contact(connection, contact, now)
    meaning = RESULTS.get(told.code)
    if meaning is not None and meaning.opts_out:
        opt_out = OptOut(task.person_id, (Channel.VOICE,), f"{SOURCE}:{told.code}", told.note[:200])
        refuse_channels(connection, opt_out, now, now)
