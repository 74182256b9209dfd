"""What a day has room for: capacities shared out beforehand, a reserve for events, a campaign's budget."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.arbitration import within_capacity
from engine.ballot import Ballot
from engine.book import Rows
from engine.decided import BUDGET, CAPACITY, Part
from engine.plan import Plan
from engine.rooms import Key, Rooms
from engine.strategy.nodes.base import MessageNode
from engine.strategy.nodes.escalate import EscalateNode
from engine.vocabulary import Channel

WHOLE = -1
"""The node of what binds a strategy as a whole."""


def leave_out(
    ballot: Ballot, parts: Sequence[Part], rooms: Rooms, prices: Mapping[Channel, int]
) -> dict[str, NDArray[np.bool_]]:
    """Take the candidates the day has no room for off the ballot; by reason, which were taken.

    The most valuable winners stay, and what a winner covers stays or waits with it. Money binds only
    where a price of the channel (minor units of the reporting currency) is known.
    """
    lost: dict[str, NDArray[np.bool_]] = {}
    for reason, limits, cost in _bounds(ballot, parts, rooms, prices):
        group = np.full(len(ballot.wants), -1, np.int32)
        for number, (place, _) in limits.items():
            group[number] = place
        room = dict(limits.values())
        before = ballot.leader >= 0
        stays = within_capacity(ballot.candidates, ballot.leader, group[ballot.want], room, cost[ballot.want])
        lost[reason] = lost.get(reason, np.zeros(len(before), np.bool_)) | (before & ~stays)
        ballot.leader[~stays] = -1
    return lost


Limits = dict[int, tuple[int, int]]
"""Want -> the group whose room it shares, and that room."""


def _bounds(
    ballot: Ballot, parts: Sequence[Part], rooms: Rooms, prices: Mapping[Channel, int]
) -> Iterator[tuple[str, Limits, NDArray[np.int64]]]:
    """Each kind of bound that binds a want of the ballot, with what one message costs of it."""
    price = np.array([prices.get(want.wish.channel, 0) for _, want in ballot.wants] or [0], np.int64)
    one = np.ones(len(price), np.int64)
    for reason, unit, cost in (
        (CAPACITY, "messages", one),
        (CAPACITY, "money", price),
        (BUDGET, "budget", price),
    ):
        groups: dict[Key, int] = {}
        limits: Limits = {}
        for number, (part, want) in enumerate(ballot.wants):
            plan = parts[part].advance.plan
            limit = _limit(plan, want.wish.max_messages, want.wish.max_money, unit, rooms)
            if limit is not None and cost[number]:
                key = (plan.key, WHOLE if unit == "budget" else want.step.code, unit)
                limits[number] = (groups.setdefault(key, len(groups)), rooms.of(limit, key))
        if limits:
            yield reason, limits, cost


def _limit(plan: Plan, messages: int | None, money: int | None, unit: str, rooms: Rooms) -> int | None:
    if unit == "budget":
        return rooms.budgets.get(plan.key)
    return messages if unit == "messages" else money


def is_limited(plan: Plan) -> bool:
    """Whether anything a plan does is bound by a capacity or a budget."""
    nodes = [step.node for step in plan.steps]
    wishes = [node.wish() for node in nodes if isinstance(node, MessageNode)]
    return (
        (plan.strategy.campaign is not None and plan.strategy.campaign.budget is not None)
        or any(wish.max_messages is not None or wish.max_money is not None for wish in wishes)
        or any(isinstance(node, EscalateNode) and node.queue.per_day is not None for node in nodes)
    )


def drawn(ballot: Ballot, parts: Sequence[Part], lost: Rows, prices: Mapping[Channel, int]) -> dict[Key, int]:
    """What a decision that was written used of every bound, by capacity.

    ``lost`` are the accounts (rows of the book) of which nothing was written; the ballot leads them no more.
    """
    found: Counter[Key] = Counter()
    winners = ballot.leader == np.arange(len(ballot.leader))
    for number, (part, want) in enumerate(ballot.wants):
        count = int((winners & (ballot.want == number)).sum())
        plan, price = parts[part].advance.plan, prices.get(want.wish.channel, 0)
        if want.wish.max_messages is not None:
            found[plan.key, want.step.code, "messages"] += count
        if want.wish.max_money is not None:
            found[plan.key, want.step.code, "money"] += count * price
        if plan.strategy.campaign is not None and plan.strategy.campaign.budget is not None:
            found[plan.key, WHOLE, "budget"] += count * price
    for each in parts:
        for effect in each.advance.effects:
            node = effect.step.node
            if isinstance(node, EscalateNode) and node.queue.per_day is not None:
                stays = ~np.isin(each.advance.after.account[effect.rows], lost)
                found[each.advance.plan.key, effect.step.code, "tasks"] += int(stays.sum())
    return dict(found)
