"""The last look before a message leaves: what still goes, with which debts, and what stays and why.

Everything it reads was read under the locks of the persons concerned; it decides, and writes nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

from api.delivery.compose import compose, owed
from api.delivery.policy_guard import Ask, ask_policy
from api.delivery.provider_rules import ProviderRules
from api.delivery.reference import Reference
from channels.port import Outgoing
from engine.errors import TemplateError
from engine.vocabulary import (
    SLOT_PURPOSES,
    STOPPED_STATUSES,
    CauseKind,
    HoldKind,
    MessageState,
    Purpose,
)
from storage.outbox import reasons
from storage.outbox.guarded import HeldItem, HeldMessage, PastContact
from storage.outbox.verdicts import Refusal
from storage.outbox.written import Words

ENROLMENT = 1
"""Cause kind of an item a strategy asked for; only those end with the debt, a promise or a hold."""


TALKING = 1 << HoldKind.CONVERSATION
"""The hold of an open conversation: it does not keep an agent from writing in it."""

NO_WORDS: Mapping[UUID, Words] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Cleared:
    """A message that goes: its debts, the winner's first, and the words as they will be posted."""

    message: HeldMessage
    items: tuple[HeldItem, ...]
    template_id: int
    outgoing: Outgoing


@dataclass(frozen=True)
class Ruling:
    """What the guard decided about a group."""

    cleared: list[Cleared] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    dropped: list[HeldItem] = field(default_factory=list)


def judge(
    messages: Sequence[HeldMessage],
    items: Sequence[HeldItem],
    history: Sequence[PastContact],
    own_templates: Mapping[tuple[int, ...], int],
    reference: Reference,
    rules: ProviderRules,
    now: datetime,
    arrives_by: datetime,
    words: Mapping[UUID, Words] = NO_WORDS,
) -> Ruling:
    """Rule on each message of a group at business time ``now``; each is judged as if the others were not.

    ``arrives_by`` is when the last post of the group may reach its provider: the window must last so long.
    ``own_templates`` are the templates that covered items would use were they the winner, by item key;
    ``rules`` are those of the providers; ``words`` what people wrote, by message.
    """
    ruling = Ruling()
    by_message = _by_message(items)
    standing: list[tuple[HeldMessage, list[HeldItem], int]] = []
    for message in messages:
        staying, left = sort_items(message, by_message[message.id], reference)
        ruling.dropped.extend(item for item, _ in left)
        template_id, has_words = rules.template_of(message), True
        if staying and staying[0].covered:
            template_id = own_templates.get(item_key(staying[0]), 0)
            has_words = template_id != 0
            staying[0] = replace(staying[0], covered=False)
        refusal = refuse_at_once(message, staying, [why for _, why in left], has_words, arrives_by)
        refusal = refusal or rules.refuse(message, template_id, now)
        if refusal is None:
            standing.append((message, staying, template_id))
        else:
            ruling.refused.append(refusal)
    asks = [Ask(message, tuple(staying)) for message, staying, _ in standing]
    for (message, staying, template_id), refusal in zip(
        standing, ask_policy(asks, history, reference, now), strict=True
    ):
        if refusal is not None:
            ruling.refused.append(refusal)
            continue
        _write(ruling, message, staying, template_id, reference, rules, now, words.get(message.id))
    return ruling


def new_winners(
    messages: Sequence[HeldMessage], items: Sequence[HeldItem], reference: Reference
) -> list[HeldItem]:
    """The covered items that must win because their message's winner has left."""
    by_message = _by_message(items)
    sorted_items = (sort_items(message, by_message[message.id], reference)[0] for message in messages)
    return [staying[0] for staying in sorted_items if staying and staying[0].covered]


def sort_items(
    message: HeldMessage, items: Sequence[HeldItem], reference: Reference
) -> tuple[list[HeldItem], list[tuple[HeldItem, str]]]:
    """The items that stay, the winner's first, and those that leave with their reason."""
    staying: list[HeldItem] = []
    left: list[tuple[HeldItem, str]] = []
    for item in items:
        why = leaves_because(message, item, reference)
        if why:
            left.append((item, why))
        else:
            staying.append(item)
    return staying, left


def leaves_because(message: HeldMessage, item: HeldItem, reference: Reference) -> str:
    """Why a debt is no longer written about; empty when it still is."""
    wanted_by_agent = item.cause_kind == CauseKind.ANSWER and message.purpose in SLOT_PURPOSES
    if item.cause_kind != ENROLMENT and not wanted_by_agent:
        ended = reasons.PLAN if item.cause_kind == CauseKind.PLAN else reasons.PROMISE
        return "" if item.still_agreed else ended
    holds = item.hold_kinds & ~TALKING if wanted_by_agent else item.hold_kinds
    minimum = reference.portfolio(message.portfolio_id).minimum_worth_working
    checks = (
        (item.account_status in STOPPED_STATUSES, reasons.ACCOUNT_STOPPED),
        (item.missing, reasons.MISSING),
        (owed(message.purpose, item) <= minimum.get(reference.currency(item.currency), 0), reasons.PAID),
        (item.disputed, reasons.DISPUTE),
        (item.promise_open, reasons.PROMISE),
        (holds != 0, reasons.HOLD),
    )
    return next((why for leaves, why in checks if leaves), "")


def refuse_at_once(
    message: HeldMessage,
    staying: Sequence[HeldItem],
    left: Sequence[str],
    has_words: bool,
    arrives_by: datetime,
) -> Refusal | None:
    """A refusal that needs no law: the red button, a lost slot, nobody to write to, nothing to say."""
    waits = ((message.stopped, reasons.STOP_SWITCH), (not message.of_this_epoch, reasons.REVIEW))
    for is_so, why in waits:
        if is_so:
            return Refusal(message, MessageState.QUEUED, why)
    if message.expires_at <= arrives_by:  # queued until then, so that nobody leases it once more
        return Refusal(message, MessageState.QUEUED, reasons.EXPIRED, message.expires_at)
    refused_channel = (message.denied >> message.channel) & 1 and message.purpose != Purpose.ANSWER
    ends = (
        (not staying, left[0] if left else reasons.NO_ITEM),
        (bool(message.moot), reasons.MOOT + message.moot),
        (not has_words, reasons.WINNER_LEFT),
        (bool(refused_channel), reasons.OPTED_OUT),
        (message.contact_value is None, reasons.NO_CONTACT_POINT),
        (not message.holds_slot, reasons.SLOT_LOST),
    )
    for is_so, why in ends:
        if is_so:
            return Refusal(message, MessageState.WITHDRAWN, why)
    return None


def item_key(item: HeldItem) -> tuple[int, ...]:
    """The natural key of an item (03, point 2)."""
    return item.cause_kind, item.cause_id, item.node, item.visit, item.addressee_id, item.leg


def _write(
    ruling: Ruling,
    message: HeldMessage,
    staying: list[HeldItem],
    template_id: int,
    reference: Reference,
    rules: ProviderRules,
    now: datetime,
    words: Words | None,
) -> None:
    try:
        outgoing = compose(message, staying, template_id, reference, now.astimezone(UTC), words)
    except TemplateError as trouble:
        why = f"{reasons.RENDER}:{trouble.code}"
        ruling.refused.append(Refusal(message, MessageState.WITHDRAWN, why))
        return
    if refusal := rules.refuse_written(message, outgoing, now):
        ruling.refused.append(refusal)
        return
    if known_as := rules.content_id(outgoing):
        outgoing = replace(outgoing, template_id=known_as)
    ruling.cleared.append(Cleared(message, tuple(staying), template_id, outgoing))


def _by_message(items: Sequence[HeldItem]) -> dict[UUID, list[HeldItem]]:
    found: dict[UUID, list[HeldItem]] = defaultdict(list)
    for item in items:
        found[item.message_id].append(item)
    return found
