"""All wanted messages of one evaluation as one list, and who leads whom on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arbitration import Candidates, arbitrate
from engine.book import Book, Rows
from engine.contacts import ContactDesk, takes_slot
from engine.decided import Part, Want


@dataclass(frozen=True)
class Ballot:
    """All wanted messages as one list: candidate *i* is enrolment ``row[i]`` of want ``want[i]``.

    ``wants`` pairs each want with its part. ``account`` is the row of the book; ``send_at`` and
    ``expires_at`` are UTC epoch seconds. ``leader`` is -1 for those that wait, else the index of the
    candidate whose message lists them.
    """

    wants: Sequence[tuple[int, Want]]
    want: NDArray[np.int32]
    row: Rows
    account: Rows
    visit: NDArray[np.int32]
    variant: NDArray[np.int16]
    send_at: NDArray[np.int64]
    expires_at: NDArray[np.int64]
    candidates: Candidates
    leader: Rows


def cast_ballot(parts: Sequence[Part], book: Book, desk: ContactDesk) -> Ballot:
    """Put the messages all parts want on one list, and let them be arbitrated person by person."""
    wants = [(number, want) for number, part in enumerate(parts) for want in part.advance.wants]
    rows = [want.rows for _, want in wants]
    sizes = [len(part) for part in rows]
    which = np.repeat(np.arange(len(wants), dtype=np.int32), sizes)
    accounts = _concatenate([parts[n].advance.after.account[want.rows] for n, want in wants])
    persons = _concatenate([want.person_id for _, want in wants])
    legs = np.array([want.leg > 0 and takes_slot(want.wish) for _, want in wants] or [False])[which]
    amount = book.columns.get("amount_reporting", book.column("amount_to_cure"))
    candidates = Candidates(
        person_id=persons,
        creditor=book.column("creditor_id")[accounts],
        purpose=_spread([want.wish.purpose for _, want in wants], sizes).astype(np.int8),
        priority=_spread([want.wish.priority for _, want in wants], sizes).astype(np.int32),
        amount=amount[accounts],
        account_id=book.column("account_id")[accounts],
        slot_taken=_concatenate(
            [
                desk.people[want.wish.to].slot_taken[parts[n].advance.after.account[want.rows]]
                for n, want in wants
            ],
            np.bool_,
        )
        | np.isin(persons, persons[legs]),
    )
    leader = arbitrate(candidates)
    _lead_legs(leader, wants, which)
    return Ballot(
        wants=wants,
        want=which,
        row=_concatenate(rows),
        account=accounts,
        visit=_concatenate([want.visit for _, want in wants], np.int32),
        variant=_concatenate([want.variant for _, want in wants], np.int16),
        send_at=_concatenate([want.send_at for _, want in wants]),
        expires_at=_concatenate([want.expires_at for _, want in wants]),
        candidates=candidates,
        leader=leader,
    )


def _lead_legs(leader: Rows, wants: Sequence[tuple[int, Want]], which: NDArray[np.int32]) -> None:
    """The items of a fallback follow the winner of the first message: nothing is arbitrated again."""
    legs = [(number, want) for number, (_, want) in enumerate(wants) if want.leg]
    candidate_of: dict[int, int] = {}
    for number, want in legs:
        assert want.calls is not None  # a leg answers calls
        candidate_of |= zip(want.calls.tolist(), np.flatnonzero(which == number).tolist(), strict=True)
    for number, want in legs:
        assert want.calls is not None and want.leaders is not None
        leader[which == number] = [candidate_of[call] for call in want.leaders.tolist()]


def _concatenate(parts: Sequence[NDArray[Any]], dtype: type = np.int64) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype)


def _spread(values: Sequence[int], sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.repeat(np.array(values, np.int64), sizes)
