"""What has happened already: caps, gaps and channel locks counted over the contact history.

Each rule answers one question for many rows at one local date: on that date, or from which later
date at the earliest? A reservation on a later date counts as well.
"""

import numpy as np
from numpy.typing import NDArray

from engine.contact_policy.binding import BoundRule
from engine.contact_policy.columns import ContactHistory, ContactRequests
from engine.contact_policy.rules import CapRule, ChannelLockRule, GapRule
from engine.contact_policy.tallies import Question, Tally

Rows = NDArray[np.intp]
CountingRule = CapRule | GapRule | ChannelLockRule


def monday_of(day: int) -> int:
    """The Monday of the ISO week of a date, all in days since 1970-01-01 (a Thursday).

    >>> monday_of(20772), monday_of(20773)  # Sunday 15, Monday 16 November 2026
    (20766, 20773)
    """
    return day - (day + 3) % 7


class Counters:
    """The history of some requests, asked by rules."""

    def __init__(self, requests: ContactRequests, history: ContactHistory) -> None:
        self._requests = requests
        self._tallies = history.tallies

    def touched(self) -> NDArray[np.bool_]:
        """Which requests are about somebody the history knows: nobody else is over a cap of one or more."""
        return self._tallies.known(self._requests.subject, self._requests.debt)

    def earliest(self, bound: BoundRule, day: int, rows: Rows) -> NDArray[np.int32]:
        """For each row the date itself if the rule allows it, else a later one before which it cannot."""
        rule = bound.rule
        if isinstance(rule, CapRule):
            return self._under_cap(bound, rule, day, rows)
        if isinstance(rule, GapRule):
            return self._after_gap(bound, rule, day, rows)
        assert isinstance(rule, ChannelLockRule)
        return self._unlocked(bound, rule, day, rows)

    def _under_cap(self, bound: BoundRule, rule: CapRule, day: int, rows: Rows) -> NDArray[np.int32]:
        first, last, again = _period(rule, day)
        if rule.per_channel:
            seen = self._on_own_channel(bound, rule, first, last, rows)
        else:
            seen = self._count(bound, rule, first, last, 0, rows)
        return np.where(seen >= rule.max, np.int32(again), np.int32(day))

    def _after_gap(self, bound: BoundRule, rule: GapRule, day: int, rows: Rows) -> NDArray[np.int32]:
        first, last = day - rule.days_apart + 1, day + rule.days_apart - 1
        near = self._count(bound, rule, first, last, 0, rows) > 0
        return np.where(near, np.int32(day + 1), np.int32(day))

    def _unlocked(self, bound: BoundRule, rule: ChannelLockRule, day: int, rows: Rows) -> NDArray[np.int32]:
        first = monday_of(day)
        everywhere = self._count(bound, rule, first, first + 6, 0, rows)
        here = self._on_own_channel(bound, rule, first, first + 6, rows)
        return np.where(everywhere > here, np.int32(first + 7), np.int32(day))

    def _on_own_channel(
        self, bound: BoundRule, rule: CountingRule, first: int, last: int, rows: Rows
    ) -> Tally:
        """Contacts counted on the channel each row wants."""
        channel = self._requests.channel[rows]
        seen = np.zeros(len(rows), np.int16)
        for code in np.flatnonzero(np.bincount(channel, minlength=8)):
            mine = np.flatnonzero(channel == code)
            seen[mine] = self._count(bound, rule, first, last, int(code), rows[mine])
        return seen

    def _count(
        self, bound: BoundRule, rule: CountingRule, first: int, last: int, channel: int, rows: Rows
    ) -> Tally:
        """Contacts of each row's subject or debt in ``[first, last]`` on a channel, 0 for the rule's."""
        channels = bound.channels if channel == 0 else np.arange(8) == channel
        question = Question(tuple(channels.tolist()), rule.counts == "two_way", first, last)
        subject = self._requests.subject[rows]
        if rule.scope == "person_creditor":
            return self._tallies.of_subjects(question, subject)
        return self._tallies.of_debts(question, subject, self._requests.debt[rows])


def _period(rule: CapRule, day: int) -> tuple[int, int, int]:
    """First and last date counted with a date, and the earliest date on which the count may differ."""
    if rule.period == "calendar_day":
        return day, day, day + 1
    if rule.period == "iso_week":
        return monday_of(day), monday_of(day) + 6, monday_of(day) + 7
    reach = (rule.days or 1) - 1
    return day - reach, day + reach, day + 1
