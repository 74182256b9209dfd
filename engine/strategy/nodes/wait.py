"""Espera: by count of days, until a date of the calendar, or until something happens or a term passes."""

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from engine.book import Rows
from engine.strategy.nodes.base import Moving, Node, StepView, Strict
from engine.vocabulary import Channel, EnrolmentState

EVENTS = ("reply", "promise", "payment", "delivered", "read", "failed", "clicked")
_HOUR_US, _DAY_US = 3_600_000_000, 86_400_000_000
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Days(Strict):
    """A count of calendar or business days from the day of arrival."""

    type: Literal["days"]
    days: int = Field(ge=0, le=366)
    business: bool = False

    def due_on(self, moving: Moving, rows: Rows) -> NDArray[np.int32]:
        if self.business:
            return moving.business_days_after(rows, self.days)
        return np.full(len(rows), moving.day + self.days, np.int32)


class DateFact(Strict):
    """Days before (negative) or after a date of the account; without that date, ``max_days``."""

    type: Literal["due_date", "promise_date"]
    offset: int = Field(default=0, ge=-60, le=60)
    max_days: int = Field(default=35, ge=1, le=366)

    def due_on(self, moving: Moving, rows: Rows) -> NDArray[np.int32]:
        source = "effective_due_on" if self.type == "due_date" else "promise_due_on"
        book, accounts = moving.facts.book, moving.accounts(rows)
        latest = _plus(moving.arrived_on(rows), self.max_days)
        if source not in book.columns:
            return latest
        dates = _plus(book.columns[source][accounts].astype(np.int32), self.offset)
        known = book.known.get(source)
        return np.minimum(dates if known is None else np.where(known[accounts], dates, latest), latest)


class DayOfMonth(Strict):
    """The next date with this day of the month, today included; the last day in shorter months."""

    type: Literal["day_of_month"]
    day: int = Field(ge=1, le=31)

    def due_on(self, moving: Moving, rows: Rows) -> NDArray[np.int32]:
        return np.full(len(rows), _next_day_of_month(moving.day, self.day), np.int32)


class Weekday(Strict):
    """The next such weekday, today included."""

    type: Literal["weekday"]
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    def due_on(self, moving: Moving, rows: Rows) -> NDArray[np.int32]:
        today = (moving.day + 3) % 7
        ahead = (_WEEKDAYS.index(self.weekday) - today) % 7
        return np.full(len(rows), moving.day + ahead, np.int32)


class Payday(Strict):
    """The person's next payday with an offset in days; a payday on a non-business day moves by ``shift``."""

    type: Literal["payday"]
    offset: int = Field(default=0, ge=-5, le=5)
    shift: Literal["anterior", "siguiente"] = "anterior"
    max_days: int = Field(default=16, ge=1, le=62)

    def due_on(self, moving: Moving, rows: Rows) -> NDArray[np.int32]:
        latest = _plus(moving.arrived_on(rows), self.max_days)
        return np.minimum(moving.next_payday(rows, self.offset, self.shift), latest)


class LawfulWindow(Strict):
    """The next date on which the law leaves a window for the channel."""

    type: Literal["lawful_window"]
    channel: Literal["whatsapp", "sms", "email", "voice", "letter", "assisted"] = "whatsapp"

    def due_on(self, moving: Moving, rows: Rows) -> NDArray[np.int32]:
        return moving.next_lawful_day(rows, Channel[self.channel.upper()])


class Event(Strict):
    """Until one of several events, or ``days`` or ``hours`` have passed; each event is a port.

    The port ``timeout`` is the deadline's. One in days falls at the opening of that date; one in hours is
    kept to the minute by a timer, and by the next opening at the latest.
    """

    type: Literal["event"]
    events: tuple[Literal["reply", "promise", "payment", "delivered", "read", "failed", "clicked"], ...] = (
        Field(min_length=1, strict=False, fail_fast=True)
    )
    days: int | None = Field(default=None, ge=1, le=366)
    hours: int | None = Field(default=None, ge=1, le=168)

    @model_validator(mode="after")
    def _has_one_deadline(self) -> Self:
        if (self.days is None) == (self.hours is None):
            raise ValueError("an event is waited for so many days, or so many hours")
        return self

    @property
    def least_days(self) -> int:
        """The whole days of the deadline."""
        return (self.hours or 0) // 24 if self.days is None else self.days

    def due_on(self, moving: Moving, rows: Rows) -> NDArray[np.int32]:
        if self.hours is not None:
            # In the Americas the date after this UTC date opens when the deadline is surely over.
            return np.full(len(rows), (moving.at + self.hours * _HOUR_US) // _DAY_US + 1, np.int32)
        return np.full(len(rows), moving.day + self.least_days, np.int32)


Until = Annotated[
    Days | DateFact | DayOfMonth | Weekday | Payday | LawfulWindow | Event, Field(discriminator="type")
]


class WaitNode(Node):
    """Stands still until its term; a date already reached is passed at once."""

    title_es: ClassVar[str] = "Espera"
    title_en: ClassVar[str] = "Wait"
    meaning: ClassVar[str] = "Deja pasar días, una fecha o un suceso."

    kind: Literal["wait"]
    until: Until

    def ports(self) -> tuple[str, ...]:
        if isinstance(self.until, Event):
            return (*self.until.events, "timeout")
        return ("next",)

    def events(self) -> tuple[str, ...]:
        """The events that release this wait."""
        return self.until.events if isinstance(self.until, Event) else ()

    def facts(self) -> tuple[str, ...]:
        if not isinstance(self.until, DateFact):
            return ()
        return ("days_to_due",) if self.until.type == "due_date" else ("promise_due_in",)

    def cuts_cycle(self) -> bool:
        return isinstance(self.until, Days) and self.until.days >= 1

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        rows = self.wake(step, moving, rows)
        due_on = self.until.due_on(moving, rows)
        reached = due_on <= moving.day
        moving.leave(step, rows[reached], self.ports()[-1])
        moving.park(step, rows[~reached], EnrolmentState.WAITING, due_on[~reached])
        if isinstance(self.until, Event) and self.until.hours is not None:
            moving.set_timer(step, rows[~reached], self.until.hours)

    def due(self, step: StepView, moving: Moving, rows: Rows) -> None:
        if isinstance(self.until, DateFact | Payday | LawfulWindow):
            due_on = self.until.due_on(moving, rows)  # the date may have moved meanwhile
            ahead = due_on > moving.day
            moving.park(step, rows[ahead], EnrolmentState.WAITING, due_on[ahead])
            rows = rows[~ahead]
        moving.leave(step, rows, self.ports()[-1])

    def wake(self, step: StepView, moving: Moving, rows: Rows) -> Rows:
        if not isinstance(self.until, Event):
            return rows
        for event in self.until.events:
            came = moving.occurred(rows, event)
            if came.any():
                moving.consume(rows[came], event)
                moving.leave(step, rows[came], event)
                rows = rows[~came]
        return rows


def _plus(days: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    return np.asarray(days + count, np.int32)


def _next_day_of_month(today: int, wanted: int) -> int:
    """The first day number >= today whose date has this day of the month (or is the month's last)."""
    month = np.datetime64(today, "D").astype("datetime64[M]")
    for candidate in (month, month + np.timedelta64(1, "M")):
        first = candidate.astype("datetime64[D]").astype(int)
        last = (candidate + np.timedelta64(1, "M")).astype("datetime64[D]").astype(int) - 1
        day = int(min(first + wanted - 1, last))
        if day >= today:
            return day
    raise AssertionError("the next month always holds the day")
