"""One person, one message a day: the winner takes the slot and lists the debts it covers, the others wait."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.book import Rows
from engine.vocabulary import SLOT_PURPOSES, Purpose

_NO_LEADER = -1


@dataclass(frozen=True)
class Candidates:
    """``n`` wanted messages of one local date that the policy allows, one for each account.

    ``amount`` is in the creditor's reporting currency (minor units); ``node`` tells the asking node
    apart over all plans; ``slot_taken`` says the person's slot is already reserved.
    """

    person_id: NDArray[np.int64]
    creditor: NDArray[np.int64]
    purpose: NDArray[np.int8]
    priority: NDArray[np.int32]
    amount: NDArray[np.int64]
    account_id: NDArray[np.int64]
    slot_taken: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.person_id)


def arbitrate(wanted: Candidates) -> Rows:
    """The leader of each candidate: its own index if it wins, its winner's if covered, -1 if it waits.

    Order within a person: a notice first, then priority, amount and account (03, point 11). Covered are
    the winner's person, creditor and purpose. Purposes without a slot always lead themselves.

    >>> two_debts = Candidates(
    ...     np.array([7, 7]),
    ...     np.array([1, 1]),
    ...     np.ones(2, np.int8),
    ...     np.array([10, 10], np.int32),
    ...     np.array([500, 900]),
    ...     np.array([1, 2]),
    ...     np.zeros(2, np.bool_),
    ... )
    >>> arbitrate(two_debts).tolist()
    [1, 1]
    """
    size = len(wanted)
    leader = np.arange(size)
    slotted = np.flatnonzero(np.isin(wanted.purpose, [int(purpose) for purpose in SLOT_PURPOSES]))
    leader[slotted] = _NO_LEADER
    open_slot = slotted[~wanted.slot_taken[slotted]]
    if not len(open_slot):
        return leader
    ranked = open_slot[_by_rank(wanted, open_slot)]
    person = wanted.person_id[ranked]
    first = np.ones(len(ranked), np.bool_)
    first[1:] = person[1:] != person[:-1]
    winner = ranked[first][np.cumsum(first) - 1]
    covered = (wanted.creditor[ranked] == wanted.creditor[winner]) & (
        wanted.purpose[ranked] == wanted.purpose[winner]
    )
    leader[ranked[covered]] = winner[covered]
    return leader


def within_capacity(
    wanted: Candidates,
    leader: Rows,
    group: NDArray[np.int32],
    limits: Mapping[int, int],
    cost: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Which candidates stay when what a group may use on a day is used up (row A17).

    ``limits`` maps a group (a node, a campaign) to its room for these accounts, ``cost`` is what each
    candidate's message takes of it; the most valuable winners stay, what a dropped winner covered waits
    with it.
    """
    stays = leader >= 0
    winners = np.flatnonzero(leader == np.arange(len(wanted)))
    for key, room in limits.items():
        here = winners[group[winners] == key]
        ranked = here[_by_value(wanted, here)]
        dropped = ranked[np.cumsum(cost[ranked]) > room]
        stays &= ~np.isin(leader, dropped)
    return stays


def _by_rank(wanted: Candidates, rows: Rows) -> Rows:
    notice = wanted.purpose[rows] == Purpose.NOTICE
    return np.lexsort(
        (
            wanted.account_id[rows],
            -wanted.amount[rows],
            -wanted.priority[rows],
            ~notice,
            wanted.person_id[rows],
        )
    )


def _by_value(wanted: Candidates, rows: Rows) -> Rows:
    return np.lexsort((wanted.account_id[rows], -wanted.amount[rows], -wanted.priority[rows]))
