"""What the day has room for, around one evaluation: read before it, drawn down in its transaction."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg

from engine.book import Rows
from engine.capacity import drawn, is_limited
from engine.day import Decision
from engine.plan import Plan
from engine.rooms import Rooms
from engine.vocabulary import Channel, Trigger
from storage import capacity
from storage.database import Database

RESERVE = 0.05
"""The part of every capacity kept for evaluations beside the daily run, unless a portfolio says otherwise."""

Share = tuple[float, float]
"""A shard's part of the daily capacities, from where to where (0..1)."""

WHOLE: Share = (0.0, 1.0)


class DayRooms:
    """The capacities of a portfolio's plans: shared out over the daily run, one reserve for all the rest.

    Nothing is asked of the database while no plan is bound by anything.
    """

    def __init__(
        self, database: Database, portfolio_id: int, settings: Mapping[str, Any], plans: Sequence[Plan]
    ) -> None:
        self._database = database
        self._portfolio_id = portfolio_id
        self._reserve = float(settings.get("event_reserve", RESERVE))
        self._budgets = {
            plan.key: plan.strategy.campaign.budget
            for plan in plans
            if plan.strategy.campaign is not None and plan.strategy.campaign.budget is not None
        }
        self.limited = any(is_limited(plan) for plan in plans)
        prices: Mapping[str, int] = settings.get("message_prices", {})
        self.prices = {Channel[word.upper()]: int(price) for word, price in prices.items()}
        """What a message of each channel costs, in minor units of the reporting currency."""

    def drawing(self, trigger: Trigger) -> AbstractContextManager[None]:
        """Evaluations that draw on the reserve do so one after another (03, point 18)."""
        if not self.limited or trigger is Trigger.DAILY:
            return nullcontext()
        return capacity.drawing_alone(self._database, self._portfolio_id)

    def of(self, day: date, trigger: Trigger, share: Share) -> Rooms:
        """What an evaluation may use."""
        rooms = Rooms(*share, self._reserve)
        if not self.limited or (trigger is Trigger.DAILY and not self._budgets):
            return rooms
        with self._database.connection() as connection:
            if trigger is not Trigger.DAILY:
                rooms = replace(rooms, used=capacity.used_on(connection, self._portfolio_id, day))
            if self._budgets:
                spent = capacity.spent_before(connection, self._portfolio_id, day)
                left = {key: max(whole - spent.get(key, 0), 0) for key, whole in self._budgets.items()}
                rooms = replace(rooms, budgets=left)
        return rooms

    def draw(
        self, connection: psycopg.Connection, day: date, trigger: Trigger, decision: Decision, lost: Rows
    ) -> None:
        """Count what a written decision used; ``lost`` are the accounts of which nothing was written."""
        if self.limited:
            used = drawn(decision.ballot, decision.parts, lost, self.prices)
            daily = trigger is Trigger.DAILY
            capacity.draw(connection, self._portfolio_id, day, used, daily=daily)
