"""What a reply's meaning calls for at once: rest, a case, a promise echoed; the rest waits for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from api.agreements.promise_policy import PromiseRefused
from api.usecases.money.claim_paid import rest_for_verification
from api.usecases.money.make_promise import Debt, PromiseIn, open_promise, propose, read_debt
from api.usecases.people.open_dispute import DisputeIn, dispute
from api.usecases.replies.assistant import Question, answer_fact
from channels.formats import DECIMALS
from channels.replies.promises_said import Said
from channels.replies.understanding import Understood, confirms
from engine.vocabulary import CauseKind, Channel, EventName, Purpose
from storage import promises
from storage.domain_events import DomainEvent, post
from storage.ledger import append_line
from storage.outbox.single import SingleMessage, queue_single
from storage.promises import PromiseRow
from storage.terms import codes

ECHO = 5
"""The ``node`` of the message that asks a person to confirm what they promised."""

VIA = "reply"


@dataclass(frozen=True)
class Written:
    """A reply as it came: by whom, about which debts, in which words, under which id of the provider."""

    person_id: int
    account_ids: tuple[int, ...]
    channel: Channel
    text: str
    reference: str
    receipt: str
    at: datetime


def act_on_reply(
    connection: psycopg.Connection, written: Written, understood: Understood, now: datetime
) -> bool:
    """Act within a transaction that holds the person's lock; whether nothing is left for a person to answer.

    The event of the reply is posted either way: its reactions pause the debts unless all is settled.
    """
    debts = [read_debt(connection, account_id) for account_id in written.account_ids]
    settled = bool(debts) and _settle(connection, written, understood, debts, now)
    _remember(connection, written.person_id, understood.intent)
    event = DomainEvent(
        EventName.REPLY, written.at, written.channel.word, written.reference, written.person_id,
        written.account_ids, channel=written.channel, intent=understood.intent, settled=settled,
        body={"likely": round(understood.likely, 3), "by": understood.by},
    )  # fmt: skip
    post(connection, event)
    return settled


def _settle(
    connection: psycopg.Connection,
    written: Written,
    understood: Understood,
    debts: Sequence[Debt],
    now: datetime,
) -> bool:
    answered = _answer_to_echo(connection, written, debts, now)
    if answered is not None:
        return answered
    reference = f"{written.channel.word}-{written.reference}"
    if understood.intent == "ya_pague":
        return rest_for_verification(connection, debts, VIA, reference, written.receipt, now)
    if understood.intent == "disputa":
        for debt in debts:
            wish = DisputeIn(debt.account_id, "reply", VIA, f"{reference}-{debt.account_id}")
            dispute(connection, debt, wish, now)
        return False
    if understood.intent == "promesa":
        return _echo_promise(connection, written, understood, debts, now)
    question = Question(written.person_id, written.channel, written.reference, understood.intent)
    return understood.intent == "gracias" or answer_fact(connection, question, debts, now)


def _answer_to_echo(
    connection: psycopg.Connection, written: Written, debts: Sequence[Debt], now: datetime
) -> bool | None:
    """A yes makes the promise that was echoed count, a no drops it; ``None``: it was no answer to one."""
    said = confirms(written.text)
    if said is None:
        return None
    for debt in debts:
        echoed = _echoed(connection, debt.account_id)
        if echoed is None:
            continue
        if not said:
            promises.give_up(connection, echoed.id, now)
            return False
        if not debt.promise_open:
            open_promise(connection, echoed, now, by=VIA)
        return True
    return None


def _echoed(connection: psycopg.Connection, account_id: int) -> PromiseRow | None:
    """The newest promise of a reply that still waits for its yes."""
    return next(
        (
            each
            for each in promises.of_account(connection, account_id)
            if each.state == "proposed" and each.via == VIA
        ),
        None,
    )


def _echo_promise(
    connection: psycopg.Connection,
    written: Written,
    understood: Understood,
    debts: Sequence[Debt],
    now: datetime,
) -> bool:
    """Propose what was promised and ask for the yes; what is unclear or outside the policy is a person's."""
    if len(debts) != 1 or len(understood.promises) != 1 or understood.promises[0].due_on is None:
        return False
    debt, said = debts[0], understood.promises[0]
    earlier = _echoed(connection, debt.account_id)
    if earlier is not None:
        promises.give_up(connection, earlier.id, now)
    wish = PromiseIn(
        debt.account_id, _minor(debt, said), _date(said), VIA, written.reference, confirmed=False
    )
    try:
        promise = propose(connection, wish, now)
    except PromiseRefused as refusal:
        told = {"reply": written.reference, "code": refusal.code}
        append_line(connection, now, "promise.refused", f"account:{debt.account_id}", told)
        return False
    template = f"promesa_eco_{written.channel.word}"
    cause = (int(CauseKind.PROMISE), promise.id, ECHO)
    echo = SingleMessage(
        written.person_id, [debt.account_id], written.channel, Purpose.ANSWER, template, cause
    )
    return queue_single(connection, echo, now) is not None


def _minor(debt: Debt, said: Said) -> int:
    """What was said in minor units; without an amount it is all that is past due."""
    if said.amount is None:
        return debt.amount_to_cure
    return said.amount // 100 if DECIMALS.get(debt.currency, 2) == 0 else said.amount


def _date(said: Said) -> date:
    assert said.due_on is not None  # asked before
    return said.due_on


def _remember(connection: psycopg.Connection, person_id: int, intent: str) -> None:
    """The last intent is a fact rules may ask."""
    if intent:
        code = codes(connection, "intent", [intent])[intent]
        connection.execute(
            "UPDATE person SET last_intent = %s, revision = revision + 1 WHERE id = %s", [code, person_id]
        )
