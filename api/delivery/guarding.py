"""The guard: one transaction per small group: lock the people, look once more, commit ``sending``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from api.clock import Clock, steady
from api.delivery.compose import owed
from api.delivery.crash_points import AFTER_GUARD_COMMIT, BEFORE_GUARD_COMMIT, CrashPoints
from api.delivery.judging import NO_WORDS, Cleared, Ruling, item_key, judge, new_winners
from api.delivery.posting import LATEST_POST_S
from api.delivery.provider_rules import ProviderRules, read_rules, within_tiers
from api.delivery.reference import Reference
from engine.vocabulary import CauseKind
from storage.held_connection import HeldConnection
from storage.outbox.guarded import HeldItem, HeldMessage, lock_people, read_history, read_items, read_messages
from storage.outbox.leases import Leased
from storage.outbox.own_templates import own_templates
from storage.outbox.verdicts import clear, drop_items, refuse, settle_items
from storage.outbox.written import words_of

TRAVEL_S = 2.0
"""How long a begun post may take to reach its provider: the window must still be open then."""


@dataclass(frozen=True)
class Guarded:
    """Messages committed as ``sending``, those refused, and the steady second just before that commit.

    ``passed_over`` are those this worker no longer held when it looked.
    """

    cleared: tuple[Cleared, ...]
    refused: tuple[UUID, ...]
    passed_over: tuple[Leased, ...]
    at: float


class Guard:
    """Guards groups of one worker on one connection."""

    def __init__(
        self, connection: HeldConnection, worker: str, clock: Clock, crash: CrashPoints | None = None
    ) -> None:
        self._connection = connection
        self._worker = worker
        self._clock = clock
        self._crash = crash or CrashPoints()
        self._reference = Reference()

    def pass_group(self, group: Sequence[Leased]) -> Guarded:
        """Rule on a group. What is cleared may be posted for a second, what is refused is written down.

        A message whose lease is over, whose fence is old or whose lane is another's is passed over.
        ``ServiceError`` when the database went away: then nothing of the group may be posted.
        """
        with self._connection.transaction() as connection:
            ruling = self._rule(connection, group)
            self._crash(BEFORE_GUARD_COMMIT)
            at = steady()
        self._crash(AFTER_GUARD_COMMIT)
        refused = tuple(refusal.message.id for refusal in ruling.refused)
        judged = {cleared.message.id for cleared in ruling.cleared}.union(refused)
        passed_over = tuple(leased for leased in group if leased.id not in judged)
        return Guarded(tuple(ruling.cleared), refused, passed_over, at)

    def _rule(self, connection: psycopg.Connection, group: Sequence[Leased]) -> Ruling:
        lock_people(connection, group)
        messages = read_messages(connection, self._worker, group)
        if not messages:
            return Ruling()
        items = read_items(connection, [message.id for message in messages])
        self._reference.prepare(connection, messages)
        heirs = new_winners(messages, items, self._reference)
        templates = own_templates(connection, heirs) if heirs else {}
        rules = read_rules(connection, messages, self._clock)
        self._reference.prepare_templates(connection, {*templates.values(), *rules.stand_ins.values()})
        history = read_history(connection, messages, self._reach(messages))
        now = self._clock.now()
        arrives_by = self._clock.ahead(LATEST_POST_S + TRAVEL_S)
        written = [item.message_id for item in items if item.cause_kind == CauseKind.ANSWER]
        words = words_of(connection, written) if written else NO_WORDS
        ruling = judge(messages, items, history, templates, self._reference, rules, now, arrives_by, words)
        ruling = _within_tiers(connection, rules, ruling, now)
        drop_items(connection, ruling.dropped)
        refuse(connection, ruling.refused, now)
        _settle(connection, ruling.cleared, items)
        clear(
            connection,
            [cleared.message for cleared in ruling.cleared],
            [cleared.template_id for cleared in ruling.cleared],
            now,
        )
        return ruling

    def _reach(self, messages: Sequence[HeldMessage]) -> int:
        portfolios = {message.portfolio_id for message in messages}
        return max(self._reference.law(portfolio_id).reach_days for portfolio_id in portfolios)


def _within_tiers(
    connection: psycopg.Connection, rules: ProviderRules, ruling: Ruling, now: datetime
) -> Ruling:
    """What is left once the numbers' daily tiers are counted: the last of all rules, since it counts."""
    refused = within_tiers(connection, rules, [cleared.message for cleared in ruling.cleared], now)
    if not refused:
        return ruling
    return Ruling(
        [cleared for cleared in ruling.cleared if cleared.message.id not in refused],
        [*ruling.refused, *refused.values()],
        ruling.dropped,
    )


def _settle(connection: psycopg.Connection, cleared: Sequence[Cleared], read: Sequence[HeldItem]) -> None:
    """Write the items whose amount is no longer the decided one, or that have become the winner."""
    covered = {item_key(item) for item in read if item.covered}
    changed = [
        (item, owed(one.message.purpose, item))
        for one in cleared
        for item in one.items
        if owed(one.message.purpose, item) != item.amount or (not item.covered and item_key(item) in covered)
    ]
    settle_items(connection, [item for item, _ in changed], [amount for _, amount in changed])
