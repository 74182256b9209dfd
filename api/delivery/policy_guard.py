"""Asks the contact policy about a group of messages at an instant, and turns its verdicts into refusals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from api.delivery.law import Law
from api.delivery.reference import Reference
from engine.contact_policy import ContactHistory, ContactRequests, Verdicts
from engine.days import day_number, day_of
from engine.vocabulary import Consent, MessageState, Outcome
from storage.outbox import reasons
from storage.outbox.guarded import HeldItem, HeldMessage, PastContact
from storage.outbox.verdicts import Refusal


@dataclass(frozen=True, slots=True)
class Ask:
    """One message the law is asked about, with the debts it still covers."""

    message: HeldMessage
    items: tuple[HeldItem, ...]


def ask_policy(
    asks: Sequence[Ask], history: Sequence[PastContact], reference: Reference, now: datetime
) -> list[Refusal | None]:
    """For each message a refusal by the law, or ``None`` when it may go now."""
    answers: list[Refusal | None] = [None] * len(asks)
    for portfolio_id, rows in _by_portfolio(asks).items():
        law = reference.law(portfolio_id)
        group = [asks[row] for row in rows]
        requests, contacts = _columns(group, history, law)
        verdicts = law.policy.guard(requests, contacts, int(now.timestamp()))
        for place, row in enumerate(rows):
            answers[row] = _refusal(asks[row].message, law, verdicts, place)
    return answers


def verdict_on(
    ask: Ask, history: Sequence[PastContact], reference: Reference, now: datetime
) -> tuple[Verdicts, datetime | None]:
    """The law's answer about one contact at an instant, and from when on it may be made (``None``: unknown).

    What is shown beforehand is what the guard would say: the same columns, the same policy.
    """
    law = reference.law(ask.message.portfolio_id)
    requests, contacts = _columns([ask], history, law)
    verdicts = law.policy.guard(requests, contacts, int(now.timestamp()))
    if verdicts.outcome[0] != Outcome.DEFERRED or verdicts.until_day[0] < 0:
        return verdicts, None
    message = ask.message
    window = law.policy.window(
        law.places[message.place_id], message.channel, message.purpose, day_of(int(verdicts.until_day[0]))
    )
    return verdicts, datetime.fromtimestamp(window[0], UTC) if window else None


def _by_portfolio(asks: Sequence[Ask]) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = defaultdict(list)
    for row, ask in enumerate(asks):
        rows[ask.message.portfolio_id].append(row)
    return rows


def _columns(
    asks: Sequence[Ask], history: Sequence[PastContact], law: Law
) -> tuple[ContactRequests, ContactHistory]:
    """Requests and history as the policy's columns.

    A past message may have covered several debts, so its debt counts as unknown: it counts for each.
    """
    messages = [ask.message for ask in asks]
    subjects: dict[tuple[int, int], int] = {}
    for message in messages:
        subjects.setdefault((message.person_id, message.creditor_id), len(subjects))
    theirs = [past for past in history if (past.person_id, past.creditor_id) in subjects]
    subject = np.array([subjects[m.person_id, m.creditor_id] for m in messages], np.int64)
    requests = ContactRequests(
        place=np.array([law.places[m.place_id] for m in messages], np.int16),
        channel=np.array([m.channel for m in messages], np.int8),
        purpose=np.array([m.purpose for m in messages], np.int8),
        relation=np.array([m.relation for m in messages], np.int8),
        consent=np.array([_consent(m) for m in messages], np.int8),
        reachable=np.ones(len(messages), np.bool_),
        stops=np.array([m.stops for m in messages], np.int64),
        subject=subject,
        debt=subject,
    )
    contacts = ContactHistory(
        subject=np.array([subjects[p.person_id, p.creditor_id] for p in theirs], np.int64),
        debt=np.full(len(theirs), -1, np.int64),
        local_day=np.array([day_number(p.local_on) for p in theirs], np.int32),
        channel=np.array([p.channel for p in theirs], np.int8),
        two_way=np.array([p.two_way for p in theirs], np.bool_),
        outside=np.array([p.outside for p in theirs], np.bool_),
    )
    return requests, contacts


def _consent(message: HeldMessage) -> Consent:
    if (message.denied >> message.channel) & 1:
        return Consent.DENIED
    return Consent.GRANTED if (message.consented >> message.channel) & 1 else Consent.UNKNOWN


def _refusal(message: HeldMessage, law: Law, verdicts: Verdicts, row: int) -> Refusal | None:
    """Too early today waits in the queue for the opening; a later date or a block ends this message."""
    outcome = verdicts.outcome[row]
    if outcome == Outcome.ALLOWED:
        return None
    rule = verdicts.rule_of(row)
    rule_id = rule.id if rule else ""
    if outcome == Outcome.BLOCKED:
        return Refusal(message, MessageState.WITHDRAWN, reasons.BLOCKED + rule_id)
    if verdicts.until_day[row] == day_number(message.local_on):
        window = law.policy.window(
            law.places[message.place_id], message.channel, message.purpose, message.local_on
        )
        if window is not None:
            opens_at = datetime.fromtimestamp(window[0], UTC)
            return Refusal(message, MessageState.QUEUED, reasons.DEFERRED + rule_id, opens_at)
    return Refusal(message, MessageState.WITHDRAWN, reasons.DEFERRED + rule_id)
