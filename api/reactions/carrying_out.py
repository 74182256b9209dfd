"""Carries out what reactions order, in the transaction of their event; done twice, it changes nothing more.

What the acceptance of an event has written already (a payment, an opt-out, a hold with its own term) is
found done and left as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from api.hold_terms import hold_until
from api.reactions.rulebooks import Rulebook
from api.usecases.people.record_opt_out import EVERY_CHANNEL
from api.usecases.people.record_wrong_number import WrongNumber, block_address
from api.usecases.replies.greet import greet
from api.usecases.replies.share_out import share_out
from engine.decided import EXITED, STOPPED
from engine.reactions import Command, CommandKind
from engine.vocabulary import Channel, Consent, EventName, HoldKind
from storage import holds
from storage.consents import write_consent
from storage.conversations import open_conversation
from storage.domain_events import DomainEvent
from storage.endings import end_enrolments
from storage.events import accounts_of_person, revise_enrolments
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_accounts, withdraw_person, withdraw_template

REASONS = {
    EventName.PAYMENT: reasons.PAID,
    EventName.OPT_OUT: reasons.OPTED_OUT,
    EventName.DISPUTE: reasons.DISPUTE,
    EventName.PROMISE_MADE: reasons.PROMISE,
    EventName.PLAN_ACCEPTED: reasons.PLAN,
    EventName.TEMPLATE_PAUSED: reasons.TEMPLATE_HELD,
    EventName.DECEASED: reasons.ACCOUNT_STOPPED,
}
"""Why a message is taken back, by what happened; anything else is a hold."""


@dataclass(frozen=True)
class Bound:
    """An account an event is about, with those it belongs to."""

    id: int
    person_id: int
    creditor_id: int
    portfolio_id: int


@dataclass(frozen=True)
class Scene:
    """Where commands are carried out: the transaction, the event, and the business time it is."""

    connection: psycopg.Connection
    event: DomainEvent
    rulebooks: Mapping[int, Rulebook]
    now: datetime


Done = Mapping[str, Any]
"""What a command did, for the ledger line."""


def carry_out(scene: Scene, orders: Sequence[tuple[Command, Sequence[Bound]]]) -> list[Done]:
    """Carry out commands with the accounts each is about, the strictest first; what each did."""
    return [
        {"do": command.kind.value} | dict(_CARRIERS[command.kind](scene, command, accounts))
        for command, accounts in orders
    ]


def _stop_contact(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    """Nobody writes about any debt of a person who died: every enrolment ends, whatever is queued stays."""
    del command
    persons = sorted({account.person_id for account in accounts} | _person(scene))
    every = [each for person in persons for each in accounts_of_person(scene.connection, person)]
    for person in persons:
        withdraw_person(
            scene.connection, person, [int(c) for c in Channel], reasons.ACCOUNT_STOPPED, scene.now
        )
    return {"ended": end_enrolments(scene.connection, every, STOPPED)}


def _exit(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    del command
    return {"ended": end_enrolments(scene.connection, _ids(accounts), EXITED)}


def _opt_out(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    """A rule may refuse a channel for a person; what the person refused themselves is written already."""
    said = {Channel.of(word) for word in scene.event.body.get("channels", ())}
    channels = sorted(said or ({command.channel} if command.channel else set(EVERY_CHANNEL)))
    codes = [int(channel) for channel in channels]
    for person in sorted({account.person_id for account in accounts} | _person(scene)):
        if scene.event.name is not EventName.OPT_OUT:
            source = f"reaction:{scene.event.name.value}"
            write_consent(scene.connection, person, codes, Consent.DENIED, source, scene.event.at)
        withdraw_person(scene.connection, person, codes, reasons.OPTED_OUT, scene.now)
    return {"channels": [channel.word for channel in channels]}


def _hold(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    """A hold with its kind's term, unless the acceptance placed one or one holds as long already."""
    kind = command.hold or HoldKind.MANUAL
    if kind.word in scene.event.body.get("holds", ()):
        return {"hold": kind.word, "placed": 0}
    placed = 0
    for person, creditor, portfolio in sorted(
        {(account.person_id, account.creditor_id, account.portfolio_id) for account in accounts}
    ):
        rulebook = scene.rulebooks[portfolio]
        since = rulebook.day(scene.now)
        until = hold_until(kind, since, rulebook.country, rulebook.settings)
        bound = [a.id for a in accounts if (a.person_id, a.creditor_id) == (person, creditor)]
        wanted: dict[str, Any] = {
            "person_id": person,
            "creditor_id": creditor,
            "account_ids": bound,
            "until": until,
        }
        if not holds.is_held(scene.connection, kind, **wanted):
            by = f"reaction:{scene.event.name.value}"
            holds.place(scene.connection, kind, **wanted, since=since, by=by)
            placed += 1
    return {"hold": kind.word, "placed": placed}


def _withdraw(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    """Take back what is queued about the accounts; an opt-out takes back its channels only."""
    del command
    if scene.event.name is EventName.OPT_OUT:
        return {}
    reason = REASONS.get(scene.event.name, reasons.HOLD)
    if scene.event.name is EventName.TEMPLATE_PAUSED:
        taken = withdraw_template(scene.connection, int(scene.event.body["template_id"]), reason, scene.now)
    elif scene.event.name is EventName.WRONG_NUMBER:
        return {}  # blocking the address has taken back what can no longer arrive
    else:
        taken = withdraw_accounts(scene.connection, _ids(accounts), reason, scene.now)
    return {"withdrawn": [str(message_id) for message_id in taken]}


def _block_contact_point(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    del command, accounts
    address = str(scene.event.body.get("address", ""))
    indexes = [bytes.fromhex(each) for each in scene.event.body.get("indexes", ())]
    if not address and not indexes:
        return {"blocked": 0}
    wrong = WrongNumber(address, scene.event.source, scene.event.name.value)
    return {"blocked": len(block_address(scene.connection, wrong, scene.now, indexes).persons)}


def _stop_template(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    del command, accounts
    scene.connection.execute(
        "UPDATE template SET state = 'paused' WHERE id = %s AND state = 'approved'",
        [scene.event.body["template_id"]],
    )
    return {"template": scene.event.body["template_id"]}


def _open_conversation(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    del command
    opened = [
        open_conversation(
            scene.connection, person, creditor, int(scene.event.channel or 0),
            scene.event.intent or scene.event.name.value, scene.event.at,
        )
        for person, creditor in sorted({(account.person_id, account.creditor_id) for account in accounts})
    ]  # fmt: skip
    for portfolio in sorted({account.portfolio_id for account in accounts}):
        share_out(scene.connection, portfolio, scene.now)
    if scene.event.name is EventName.REPLY:
        for number, is_new in opened:
            greet(scene.connection, number, is_new=is_new, now=scene.now)
    return {"conversations": [number for number, _ in opened]}


def _reopen(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    """The reversal itself re-opens what the payment ended, in its own transaction (reverse_payment)."""
    del command
    return {"revised": revise_enrolments(scene.connection, _ids(accounts))}


def _resume(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    kind = command.hold or HoldKind.MANUAL
    released = 0
    for account in accounts:
        day = scene.rulebooks[account.portfolio_id].day(scene.now)
        personal = kind in holds.PERSONAL
        released += holds.release(
            scene.connection, kind, day, person_id=account.person_id,
            account_ids=() if personal else [account.id],
            creditor_id=account.creditor_id if personal else None,
        )  # fmt: skip
    return {"hold": kind.word, "released": released}


def _evaluate_now(scene: Scene, command: Command, accounts: Sequence[Bound]) -> Done:
    """The accounts' events wait in their table for the evaluation that is rung for after the commit."""
    del scene, command
    return {"accounts": _ids(accounts)}


_CARRIERS: dict[CommandKind, Callable[[Scene, Command, Sequence[Bound]], Done]] = {
    CommandKind.STOP_CONTACT: _stop_contact,
    CommandKind.EXIT: _exit,
    CommandKind.OPT_OUT: _opt_out,
    CommandKind.HOLD: _hold,
    CommandKind.WITHDRAW: _withdraw,
    CommandKind.BLOCK_CONTACT_POINT: _block_contact_point,
    CommandKind.STOP_TEMPLATE: _stop_template,
    CommandKind.OPEN_CONVERSATION: _open_conversation,
    CommandKind.REOPEN: _reopen,
    CommandKind.RESUME: _resume,
    CommandKind.EVALUATE_NOW: _evaluate_now,
}


def _person(scene: Scene) -> set[int]:
    return set() if scene.event.person_id is None else {scene.event.person_id}


def _ids(accounts: Sequence[Bound]) -> list[int]:
    return sorted(account.id for account in accounts)
