"""Lets the accounts in flight stand in a draft as its publication would: by node id, as the plan says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.day import Question
from engine.enrolments import Enrolments, enter, join
from engine.entry import NEVER_LEFT, Standing
from engine.plan import Plan
from engine.rooms import Rooms
from engine.strategy.migrate import Choice, Move, migration
from engine.vocabulary import EnrolmentState


@dataclass(frozen=True)
class Moved:
    """A question in which the draft stands beside what is published.

    ``draft`` is its index among the plans; ``left`` counts, by node of older versions, the accounts its
    publication lets leave, ``stayed`` those that go on in an older version.
    """

    question: Question
    draft: int
    left: Mapping[str, int]
    stayed: Mapping[str, int]


def put_draft(question: Question, draft: Plan, choices: Mapping[str, Choice]) -> Moved:
    """The same question with the draft in the place of the published versions of its strategy."""
    older = [index for index, plan in enumerate(question.plans) if plan.key == draft.key]
    known = {node.id for index in older for node in question.plans[index].strategy.nodes}
    opened, parts = list(question.open), []
    left: dict[str, int] = {}
    stayed: dict[str, int] = {}
    for index in older:
        old = question.plans[index]
        own = {node.id for node in old.strategy.nodes}
        chosen = {node: choice for node, choice in choices.items() if node in own or node not in known}
        moves = migration(old.strategy, draft.strategy, chosen)
        opened[index], moved = _part(old, question.open[index], draft, moves, question.facts.day)
        parts.append(moved)
        _count(left, old, question.open[index], moves, "exit")
        _count(stayed, old, question.open[index], moves, "stay")
    nobody = enter(np.empty(0, np.int64), 0, question.facts.day, question.at, np.empty(0, np.bool_))
    here = join(parts) if parts else nobody
    place = len(question.plans)
    return Moved(
        replace(
            question,
            plans=[*question.plans, draft],
            open=[*opened, here],
            standing=_standing(question, older, opened, here, place, draft.kind),
            rooms=_rooms(question, older, draft),
            entering=[each for each in _entering(question) if each not in older] + [place],
            paused=question.paused - set(older),
        ),
        place,
        left,
        stayed,
    )


def _part(
    old: Plan, standing: Enrolments, draft: Plan, moves: Mapping[str, Move], day: int
) -> tuple[Enrolments, Enrolments]:
    """The enrolments of an older version: those that stay in it, and those that stand in the draft."""
    step_of = {step.node.id: step.index for step in draft.steps}
    size = len(old.steps)
    target = np.full(size, -1, np.int16)
    anew = np.zeros(size, np.bool_)
    shift = np.zeros(size, np.int32)
    stays = np.zeros(size, np.bool_)
    for step in old.steps:
        move = moves[step.node.id]
        stays[step.index] = move.kind == "stay"
        if move.kind == "move":
            target[step.index] = step_of[move.target]
            anew[step.index] = not move.keeps_place
            shift[step.index] = move.shift_days
    open_now = standing.state != EnrolmentState.ENDED
    remaining = _rows(standing, np.flatnonzero(open_now & stays[standing.step]))
    moved = _rows(standing, np.flatnonzero(open_now & (target[standing.step] >= 0)))
    fresh = anew[moved.step] & (moved.state != EnrolmentState.SENDING)
    moved.due_on[:] = np.where(fresh, day, moved.due_on + shift[moved.step])
    moved.state[fresh] = EnrolmentState.MOVING
    moved.visit[fresh] += 1
    moved.arrived_on[fresh] = day
    moved.deferrals[fresh] = 0
    moved.step[:] = target[moved.step]
    return remaining, moved


def _rows(standing: Enrolments, rows: NDArray[np.int64]) -> Enrolments:
    """Some enrolments in columns of their own; answers from outside go along with their rows."""
    columns = {
        name: getattr(standing, name)[rows]
        for name in Enrolments.__dataclass_fields__
        if name not in ("signals", "events")
    }
    at = np.full(len(standing), -1, np.int64)
    at[rows] = np.arange(len(rows))
    signals = {port: at[given][at[given] >= 0] for port, given in standing.signals.items()}
    events = {kind: instants[rows] for kind, instants in standing.events.items()}
    return Enrolments(**columns, signals=signals, events=events)


def _standing(
    question: Question,
    older: Sequence[int],
    opened: Sequence[Enrolments],
    here: Enrolments,
    place: int,
    kind: str,
) -> Standing:
    """Where accounts stand once the draft is in force; among plans of the other kind nothing changes."""
    before = question.standing
    stood = before.place(kind)
    current = stood.current.copy()
    for index in older:
        current[question.open[index].account] = -1
        current[opened[index].account] = index
    current[here.account] = place
    left_on, left_episode = dict(before.left_on), dict(before.left_episode)
    left = next((index for index in older if index in before.left_on), None)
    left_days = np.full(len(current), NEVER_LEFT, np.int32) if left is None else left_on.pop(left).copy()
    gone = (current == -1) & np.isin(stood.current, older)
    left_days[gone] = question.facts.day
    left_on[place] = left_days
    left_episode[place] = np.zeros(len(current), np.int32) if left is None else left_episode.pop(left)
    moved = replace(before, left_on=left_on, left_episode=left_episode)
    if kind == "strategy":
        return replace(moved, current=current)
    return replace(moved, campaign=current, campaign_since=stood.entered_on)


def _rooms(question: Question, older: Sequence[int], draft: Plan) -> Rooms:
    """The rooms of the day, with what the draft's budget leaves after what its campaign has spent."""
    budgets = dict(question.rooms.budgets)
    left = budgets.pop(draft.key, None)
    budget = draft.strategy.campaign.budget if draft.strategy.campaign else None
    if budget is not None:
        wholes = (question.plans[index].strategy.campaign for index in older)
        whole = next((each.budget for each in wholes if each is not None and each.budget is not None), None)
        spent = 0 if whole is None or left is None else whole - left
        budgets[draft.key] = max(budget - spent, 0)
    return replace(question.rooms, budgets=budgets)


def _entering(question: Question) -> Sequence[int]:
    return range(len(question.plans)) if question.entering is None else question.entering


def _count(
    counts: dict[str, int], old: Plan, standing: Enrolments, moves: Mapping[str, Move], kind: str
) -> None:
    here = standing.step[standing.state != EnrolmentState.ENDED]
    for index, accounts in enumerate(np.bincount(here, minlength=len(old.steps))):
        node = old.steps[index].node.id
        if accounts and moves[node].kind == kind:
            counts[node] = counts.get(node, 0) + int(accounts)
