"""What holds for every strategy and every book: the evaluation as a whole, over days by chance."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.book import Book
from engine.day import Decision, evaluate
from engine.days import day_of
from engine.strategy.nodes import SplitNode
from engine.vocabulary import SLOT_PURPOSES, Bucket, EnrolmentState, Outcome
from tests.engine.by_chance import books, plans
from tests.engine.playing import PLACES, POLICY, Play

FRIDAY = 20770  # 13 November 2026: a weekend and the holiday of the 16th lie ahead
DAYS = 5
DAY_US = 86_400_000_000

some = settings(max_examples=20)


@st.composite
def plays(draw: st.DrawFn) -> Play:
    """Two strategies over a small book; replies and payments at odd moments, some persons held out."""
    book = draw(books(FRIDAY, len(PLACES)))
    strategies = [draw(plans("uno", ["dos"])), draw(plans("dos", ["uno"]))]
    control = np.array(draw(st.lists(st.sampled_from([False, False, False, True]), min_size=6, max_size=6)))
    moment = st.sampled_from(
        [0, *(FRIDAY * DAY_US + hours * 3_600_000_000 for hours in range(0, 24 * DAYS, 5))]
    )
    events = {
        kind: np.array(draw(st.lists(moment, min_size=book.size, max_size=book.size)), np.int64)
        for kind in ("reply", "payment", "delivered")
    }
    return Play(book, strategies, control[book.column("person_id")], events)


@some
@given(plays())
def test_the_same_day_twice_changes_nothing_and_wants_nothing(play: Play) -> None:
    for day in range(FRIDAY, FRIDAY + DAYS):
        play.run(day)
        again = evaluate(play.question(day))
        assert not len(again.ballot.leader)
        for part in again.parts:
            assert not part.advance.moved.any()
            assert not part.advance.effects
            assert not part.advance.passages
        play.deliver(day)


@some
@given(plays())
def test_every_account_is_counted_in_exactly_one_bucket(play: Play) -> None:
    for day in range(FRIDAY, FRIDAY + DAYS):
        close = play.run(day).close
        assert sum(accounts for _, _, accounts in close.figures()) == play.book.size
        assert set(close.bucket.tolist()) <= {int(bucket) for bucket in Bucket}
        play.deliver(day)


@some
@given(plays())
def test_a_message_lies_inside_the_lawful_window_of_its_day(play: Play) -> None:
    for day in range(FRIDAY, FRIDAY + DAYS):
        for decision in (play.run(day), play.deliver(day)):
            ballot = decision.ballot
            for row in np.flatnonzero(ballot.leader >= 0):
                want = ballot.wants[ballot.want[row]][1]
                place = int(play.book.column("place")[ballot.account[row]])
                window = POLICY.window(place, want.wish.channel, want.wish.purpose, day_of(day))
                assert window is not None
                assert window[0] <= ballot.send_at[row] < ballot.expires_at[row] <= window[1]


@some
@given(plays())
def test_a_person_gets_one_message_a_day_that_needs_the_slot(play: Play) -> None:
    for day in range(FRIDAY, FRIDAY + DAYS):
        leaders: Counter[int] = Counter()
        for decision in (play.run(day), play.deliver(day), play.deliver(day)):
            ballot = decision.ballot
            for row in np.flatnonzero(ballot.leader == np.arange(len(ballot.leader))):
                if ballot.candidates.purpose[row] in SLOT_PURPOSES:
                    leaders[int(ballot.candidates.person_id[row])] += 1
            _covered_are_of_the_winners_kind(decision)
        assert max(leaders.values(), default=0) <= 1


def _covered_are_of_the_winners_kind(decision: Decision) -> None:
    wanted, leader = decision.ballot.candidates, decision.ballot.leader
    rows = np.flatnonzero(leader >= 0)
    for column in (wanted.person_id, wanted.creditor, wanted.purpose):
        assert (column[rows] == column[leader[rows]]).all()
    assert (leader[leader[rows]] == leader[rows]).all()


@some
@given(plays())
def test_arms_never_move(play: Play) -> None:
    arms: dict[tuple[str, int], set[object]] = {}
    for day in range(FRIDAY, FRIDAY + DAYS):
        for decision in (play.run(day), play.deliver(day)):
            for key, arm in _arms(decision):
                arms.setdefault(key, set()).add(arm)
    assert all(len(seen) == 1 for seen in arms.values())


def _arms(decision: Decision) -> list[tuple[tuple[str, int], object]]:
    ballot = decision.ballot
    found: list[tuple[tuple[str, int], object]] = []
    for row in range(len(ballot.row)):
        wish = ballot.wants[ballot.want[row]][1].wish
        if len(wish.variants) > 1:
            found.append(((wish.experiment, int(ballot.candidates.person_id[row])), int(ballot.variant[row])))
    person = decision.question.facts.book.column("person_id")
    for part in decision.parts:
        after = part.advance.after
        for passage in part.advance.passages:
            if isinstance(passage.step.node, SplitNode):
                for row in passage.rows[~after.holdout[passage.rows]]:
                    key = (passage.step.node.experiment, int(person[after.account[row]]))
                    found.append((key, passage.port))
    return found


@some
@given(plays())
def test_no_enrolment_is_lost(play: Play) -> None:
    for day in range(FRIDAY, FRIDAY + DAYS):
        before = [each.account for each in play.open]
        decision = play.run(day)
        for index, accounts in enumerate(before):
            kept = next(part for part in decision.parts if part.plan == index and part.known == len(accounts))
            assert (kept.advance.after.account[: kept.known] == accounts).all()
        _everyone_stands_somewhere(decision, day)
        _everyone_stands_somewhere(play.deliver(day), day)
        standing = np.concatenate([each.account for each in play.open])
        assert len(np.unique(standing)) == len(standing)


def _everyone_stands_somewhere(decision: Decision, day: int) -> None:
    for part in decision.parts:
        after, held = part.advance.after, part.advance.held
        parked = np.isin(after.state, (EnrolmentState.WAITING, EnrolmentState.DEFERRED))
        term = (after.due_on > day) & (after.due_on <= day + 400)
        stands = (parked & term) | np.isin(after.state, (EnrolmentState.SENDING, EnrolmentState.ENDED))
        lost = np.flatnonzero(~(stands | held))
        assert not len(lost), [vars(after)[name][lost] for name in ("step", "state", "due_on")]


@some
@given(plays())
def test_whoever_is_refused_is_told_why_and_until_when(play: Play) -> None:
    for day in range(FRIDAY, FRIDAY + DAYS):
        for part in play.run(day).parts:
            for refusal in part.advance.refusals:
                if refusal.outcome is Outcome.DEFERRED:
                    assert (refusal.rule >= 0).all()
                    assert (refusal.until_day > day).all()
        play.deliver(day)


@some
@given(plays())
def test_equal_questions_have_equal_answers(play: Play) -> None:
    for day in range(FRIDAY, FRIDAY + DAYS):
        question = play.question(day)
        assert _said(evaluate(question)) == _said(evaluate(question))
        play.run(day)
        play.deliver(day)


@some
@given(plays(), st.integers(1, 4))
def test_a_book_in_two_halves_is_decided_as_the_whole(play: Play, cut: int) -> None:
    person = play.book.column("person_id")
    halves = [_part(play, np.flatnonzero(which)) for which in (person <= cut, person > cut)]
    for day in range(FRIDAY, FRIDAY + DAYS):
        whole = _said(play.run(day))
        assert sorted(line for half in halves for line in _said(half.run(day))) == whole
        for each in (play, *halves):
            each.deliver(day)


def _part(play: Play, rows: NDArray[np.int64]) -> Play:
    events = {kind: at[rows] for kind, at in play.events.items()}
    book: Book = play.book.take(rows)
    return Play(book, play.plans, play.holdout[rows], events)


def _said(decision: Decision) -> list[str]:
    """A decision in lines that name accounts, whatever their order in the book."""
    account_id = decision.question.facts.book.column("account_id")
    lines = []
    for part in decision.parts:
        after = part.advance.after
        for row in range(len(after)):
            place = [getattr(after, name)[row] for name in ("step", "state", "visit", "due_on", "deferrals")]
            lines.append(f"{account_id[after.account[row]]} in {part.plan}: {place}")
    ballot = decision.ballot
    for asked in np.flatnonzero(ballot.leader >= 0):
        leader = account_id[ballot.account[ballot.leader[asked]]]
        lines.append(f"{account_id[ballot.account[asked]]} with {leader} at {ballot.send_at[asked]}")
    lines += [f"{each} is {bucket}" for each, bucket in zip(account_id, decision.close.bucket, strict=True)]
    return sorted(lines)
