"""Counts what an evaluation decided in one plan, node by node: sums over columns, nothing per account."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from api.what_if.figures import Blocked, Capacity, EdgeFigures, NodeFigures
from engine.book import Rows
from engine.day import Decision
from engine.days import day_of
from engine.decided import ARBITRATION, CAPACITY, Part
from engine.plan import Plan
from engine.rows import distinct
from engine.strategy.nodes.base import MessageNode
from engine.strategy.nodes.escalate import EscalateNode
from engine.vocabulary import Channel, EnrolmentState, Outcome


class Count:
    """The figures of one plan (by its index among the plans of the question) in one decision."""

    def __init__(self, decision: Decision, plan: int) -> None:
        self._decision = decision
        self._parts: Sequence[tuple[int, Part]] = [
            (number, part) for number, part in enumerate(decision.parts) if part.plan == plan
        ]
        self.plan: Plan = decision.question.plans[plan]
        book = decision.question.facts.book
        self._amount: NDArray[np.int64] = book.columns.get("amount_reporting", book.column("amount_to_cure"))
        self.nodes: dict[str, NodeFigures] = {step.node.id: NodeFigures() for step in self.plan.steps}
        self.edges: dict[tuple[str, str], EdgeFigures] = {}
        self.outcomes: dict[str, int] = {}
        for _, part in self._parts:
            self._entrants(part)
            self._passages(part)
            self._standing(part)
            self._effects(part)
            self._refusals(part)
            for outcome, groups in part.advance.outcomes.items():
                ended = sum(len(rows) for rows in groups)
                self.outcomes[outcome] = self.outcomes.get(outcome, 0) + ended
        self._messages()
        self._capacities()

    @property
    def day(self) -> date:
        """The business date that was evaluated."""
        return day_of(self._decision.question.facts.day)

    @property
    def entrants(self) -> int:
        """Accounts that come to the strategy on this day."""
        return sum(len(part.advance.after) - part.known for _, part in self._parts)

    @property
    def messages(self) -> int:
        """Messages that leave."""
        return sum(node.messages for node in self.nodes.values())

    @property
    def cost(self) -> int:
        """What they cost, minor units of the reporting currency."""
        return sum(node.cost for node in self.nodes.values())

    def _money(self, part: Part, rows: Rows) -> int:
        return int(self._amount[part.advance.after.account[rows]].sum())

    def _entrants(self, part: Part) -> None:
        node = self.nodes[self.plan.entry.node.id]
        rows = np.arange(part.known, len(part.advance.after))
        node.arrived += len(rows)
        node.arrived_amount += self._money(part, rows)

    def _passages(self, part: Part) -> None:
        for passage in part.advance.passages:
            source, amount = passage.step.node.id, self._money(part, passage.rows)
            edge = self.edges.setdefault((source, passage.port), EdgeFigures())
            edge.accounts += len(passage.rows)
            edge.amount += amount
            target = passage.step.targets.get(passage.port, self.plan.on_hold.get(passage.port))
            if target is not None:
                reached = self.nodes[self.plan.steps[target].node.id]
                reached.arrived += len(passage.rows)
                reached.arrived_amount += amount

    def _standing(self, part: Part) -> None:
        after, size = part.advance.after, len(self.plan.steps)
        rows = np.flatnonzero(after.state != EnrolmentState.ENDED)
        steps = after.step[rows]
        accounts = np.bincount(steps, minlength=size)
        amounts = np.bincount(steps, self._amount[after.account[rows]], minlength=size)
        held = np.bincount(after.step[part.advance.held], minlength=size)
        for step in self.plan.steps:
            node = self.nodes[step.node.id]
            node.standing += int(accounts[step.index])
            node.standing_amount += int(amounts[step.index])
            node.held += int(held[step.index])

    def _effects(self, part: Part) -> None:
        for effect in part.advance.effects:
            if effect.kind != "label":
                self.nodes[effect.step.node.id].tasks += len(effect.rows)

    def _refusals(self, part: Part) -> None:
        rules = self._decision.question.desk.policy.rules
        for refusal in part.advance.refusals:
            node = self.nodes[refusal.step.node.id]
            for code in distinct(refusal.rule).tolist():
                rows = refusal.rows[refusal.rule == code]
                rule = rules[code] if code >= 0 else None
                found = Blocked(
                    rule=rule.id if rule else refusal.reason,
                    law=rule.law if rule else "",
                    article=rule.article if rule else "",
                    pack=rule.pack if rule else "",
                    es=rule.text_es if rule else "",
                    en=rule.text_en if rule else "",
                    outcome=Outcome(refusal.outcome).word,
                    accounts=len(rows),
                    amount=self._money(part, rows),
                )
                _add(node.blocked, found)

    def _messages(self) -> None:
        """Winners are messages, what they cover stands in them; losers wait for another day."""
        ballot, prices = self._decision.ballot, self._decision.question.prices
        own = ballot.leader == np.arange(len(ballot.leader))
        kinds = len(ballot.wants)
        winners = np.bincount(ballot.want[own], minlength=kinds)
        covered = np.bincount(ballot.want[(ballot.leader >= 0) & ~own], minlength=kinds)
        ours = {number for number, _ in self._parts}
        for place, (number, want) in enumerate(ballot.wants):
            if number in ours:
                node = self.nodes[want.step.node.id]
                node.messages += int(winners[place])
                node.covered += int(covered[place])
                node.cost += int(winners[place]) * self._price(want.wish.channel, prices)
        for deferral in self._decision.deferrals:
            if deferral.part in ours and deferral.reason == ARBITRATION:
                self.nodes[deferral.want.step.node.id].arbitration += len(deferral.rows)

    def _price(self, channel: Channel, prices: Mapping[Channel, int]) -> int:
        return prices.get(channel, 0)

    def _capacities(self) -> None:
        dropped: dict[str, int] = {}
        ours = {number for number, _ in self._parts}
        for deferral in self._decision.deferrals:
            if deferral.part in ours and deferral.reason == CAPACITY:
                after = self._decision.parts[deferral.part].advance.after
                people = self._decision.question.desk.people[deferral.want.wish.to]
                persons = people.person_id[after.account[deferral.rows]]
                key = deferral.want.step.node.id
                dropped[key] = dropped.get(key, 0) + len(distinct(persons))
        for step in self.plan.steps:
            node, figures = step.node, self.nodes[step.node.id]
            if isinstance(node, MessageNode):
                room = self._room(node)
                asked = figures.messages + dropped.get(node.id, 0)
            elif isinstance(node, EscalateNode):
                room = node.queue.per_day
                asked = figures.tasks + sum(
                    each.accounts for each in figures.blocked if each.rule == CAPACITY
                )
            else:
                continue
            if room is not None:
                figures.capacity = Capacity(asked, room)

    def _room(self, node: MessageNode) -> int | None:
        wish = node.wish()
        price = self._decision.question.prices.get(wish.channel, 0)
        rooms = [] if wish.max_messages is None else [wish.max_messages]
        if wish.max_money is not None and price:
            rooms.append(wish.max_money // price)
        return min(rooms, default=None)


def _add(blocked: list[Blocked], found: Blocked) -> None:
    """Add to the same rule's and outcome's line, or as a new one."""
    for place, known in enumerate(blocked):
        if (known.rule, known.outcome) == (found.rule, found.outcome):
            accounts, amount = known.accounts + found.accounts, known.amount + found.amount
            blocked[place] = replace(known, accounts=accounts, amount=amount)
            return
    blocked.append(found)
