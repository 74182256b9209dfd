"""What the provider's own rules leave of a group: stand-ins for held templates, pairs, tiers, the window.

The law is asked elsewhere; these are the rules of whoever carries the message. What another channel could
carry fails with a ``provider:`` reason, so that the node's fallback may start; the rest waits.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from api.clock import Clock
from channels.port import Outgoing
from engine.vocabulary import Channel, MessageState
from storage.alerts import raise_alert
from storage.outbox import reasons
from storage.outbox.guarded import HeldMessage
from storage.outbox.provider_facts import ProviderFacts, read_provider_facts, with_fallback
from storage.outbox.verdicts import Refusal
from storage.provider_templates import APPROVED, Standing, siblings, standing
from storage.sender_reach import hold_pool, note_reached, reached
from storage.windows import WINDOW

PAIR_GAP_S = 6.0
"""Real seconds between two messages of one number to one person."""

MEDIA_TRIES = 3
"""How often a message is tried with its document before it goes without."""

MEDIA = f"{reasons.PROVIDER}media"
MEDIA_REASONS = (f"{reasons.PROVIDER}131052", f"{reasons.PROVIDER}131053", f"{reasons.PROVIDER}63019", MEDIA)


@dataclass(frozen=True)
class ProviderRules:
    """All that was read for one group; ``stand_ins`` by message, ``wordings`` by name and language."""

    facts: Mapping[UUID, ProviderFacts]
    stand_ins: Mapping[UUID, int] = field(default_factory=dict)
    wordings: Mapping[tuple[str, str], Standing] = field(default_factory=dict)
    fall_back: frozenset[UUID] = frozenset()
    pair_gap: timedelta = timedelta(0)

    def template_of(self, message: HeldMessage) -> int:
        """The template a message goes with: its own, the one that stands in, 0 when there is none."""
        if self.may_keep(message):
            return message.template_id
        return self.stand_ins.get(message.id, 0)

    def refuse(self, message: HeldMessage, template_id: int, now: datetime) -> Refusal | None:
        """Why a message does not go now by the rules of its provider; ``None`` when it may."""
        facts = self.facts[message.id]
        is_whatsapp = message.channel == Channel.WHATSAPP
        if is_whatsapp and facts.whatsapp_policy == "agency":
            return Refusal(message, MessageState.FAILED, f"{reasons.PROVIDER}{reasons.WHATSAPP_POLICY}")
        if template_id == 0:
            return self._held(message)
        if facts.rest_until is not None and facts.rest_until > now:
            if message.id in self.fall_back:
                return Refusal(message, MessageState.FAILED, f"{reasons.PROVIDER}{reasons.RESTING}")
            return Refusal(message, MessageState.WITHDRAWN, f"{reasons.DEFERRED}{reasons.RESTING}")
        if is_whatsapp and facts.last_at is not None and facts.last_at + self.pair_gap > now:
            return Refusal(message, MessageState.QUEUED, reasons.PAIR_RATE, facts.last_at + self.pair_gap)
        return None

    def refuse_written(self, message: HeldMessage, outgoing: Outgoing, now: datetime) -> Refusal | None:
        """The same once its words are chosen: a neutral wording may be held, free text needs the window."""
        if message.channel != Channel.WHATSAPP:
            return None
        known = self.wordings.get((outgoing.template, outgoing.language))
        if known is not None and known.state != APPROVED:
            return self._held(message)
        if not outgoing.template and not self.window_is_open(message, now):
            return Refusal(message, MessageState.WITHDRAWN, reasons.WINDOW_CLOSED)
        return None

    def content_id(self, outgoing: Outgoing) -> str:
        """The provider's own id of the words a message carries; empty when it was never told."""
        known = self.wordings.get((outgoing.template, outgoing.language))
        return known.provider_id if known else ""

    def window_is_open(self, message: HeldMessage, now: datetime) -> bool:
        """Whether the person wrote within the last 24 hours."""
        wrote_at = self.facts[message.id].wrote_at
        return wrote_at is not None and now < wrote_at + WINDOW

    def may_keep(self, message: HeldMessage) -> bool:
        """Whether a message goes with the template it was decided with."""
        facts = self.facts[message.id]
        gave_up = message.tries >= MEDIA_TRIES and facts.reason.startswith(MEDIA_REASONS)
        return facts.template_usable and not gave_up

    def _held(self, message: HeldMessage) -> Refusal:
        """To the fallback if there is one; else asleep until the template is approved or the day is over."""
        if message.id in self.fall_back:
            return Refusal(message, MessageState.FAILED, f"{reasons.PROVIDER}{reasons.TEMPLATE_HELD}")
        return Refusal(message, MessageState.QUEUED, reasons.TEMPLATE_HELD, message.expires_at)


def read_rules(
    connection: psycopg.Connection, messages: Sequence[HeldMessage], clock: Clock
) -> ProviderRules:
    """Read what the rules need for a group, under its locks; the rare parts only when they are needed."""
    pair_gap = clock.ahead(PAIR_GAP_S) - clock.now()
    facts = read_provider_facts(connection, messages)
    rules = ProviderRules(facts, wordings=standing(connection), pair_gap=pair_gap)
    out = [message for message in messages if not rules.may_keep(message)]
    resting = any(one.rest_until is not None for one in facts.values())
    if not out and not resting and all(one.state == APPROVED for one in rules.wordings.values()):
        return rules
    return replace(
        rules,
        stand_ins=_stand_ins(connection, out, facts),
        fall_back=frozenset(with_fallback(connection, [message.id for message in messages])),
    )


def _stand_ins(
    connection: psycopg.Connection, out: Sequence[HeldMessage], facts: Mapping[UUID, ProviderFacts]
) -> dict[UUID, int]:
    """Who takes the place of each template that may not go, or whose document nobody could fetch."""
    found: dict[UUID, int] = {}
    for lacks_file in (True, False):
        group = [message for message in out if facts[message.id].template_usable == lacks_file]
        if group:
            others = siblings(connection, [m.template_id for m in group], without_file=lacks_file)
            found |= {m.id: others[m.template_id] for m in group if m.template_id in others}
    return found


def within_tiers(
    connection: psycopg.Connection, rules: ProviderRules, messages: Sequence[HeldMessage], now: datetime
) -> dict[UUID, Refusal]:
    """The messages beyond what their numbers may begin in 24 hours; whoever stays is counted."""
    asking: dict[tuple[str, int], list[HeldMessage]] = defaultdict(list)
    for message in messages:
        facts = rules.facts[message.id]
        if facts.tier > 0 and message.channel == Channel.WHATSAPP and not rules.window_is_open(message, now):
            asking[facts.pool, facts.tier].append(message)
    refused: dict[UUID, Refusal] = {}
    for (pool, tier), group in sorted(asking.items(), key=lambda one: one[0]):
        hold_pool(connection, pool)
        count, known, free_at = reached(connection, pool, {m.person_id for m in group}, now)
        room = tier - count
        begun = set(known)
        for message in group:
            if message.person_id not in begun and room <= 0:
                later = min(free_at or message.expires_at, message.expires_at)
                refused[message.id] = Refusal(message, MessageState.QUEUED, reasons.TIER_SPENT, later)
                continue
            room -= message.person_id not in begun
            begun.add(message.person_id)
        note_reached(connection, pool, begun - known, now)
        if any(message.id in refused for message in group):
            said = f"{pool} has begun {tier} conversations in 24 hours, all its provider allows"
            raise_alert(connection, now, "tier_spent", f"pool:{pool}", said)
    return refused
