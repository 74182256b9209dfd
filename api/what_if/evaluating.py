"""Evaluates a draft over a held book by the engine's own ``evaluate``, and counts what it decided."""

from collections.abc import Mapping

from api.clock import steady
from api.what_if.counting import Count
from api.what_if.figures import Figures
from api.what_if.held_book import HeldBook
from api.what_if.moving import put_draft
from engine.day import evaluate
from engine.plan import compile_plan
from engine.strategy.document import Strategy
from engine.strategy.migrate import Choice


def figures_of(held: HeldBook, draft: Strategy, choices: Mapping[str, Choice]) -> Figures:
    """What the draft would do on the held date; ``StrategyError`` for one that does not compile."""
    began = steady()
    plan = compile_plan(draft, catalogue=held.catalogue)
    moved = put_draft(held.question, plan, choices)
    decision = evaluate(moved.question)
    count = Count(decision, moved.draft)
    ballot = decision.ballot
    others: dict[str, int] = {}
    for place, (number, _) in enumerate(ballot.wants):
        part = decision.parts[number]
        if part.plan != moved.draft:
            key = moved.question.plans[part.plan].key
            others[key] = others.get(key, 0) + int(((ballot.want == place) & (ballot.leader >= 0)).sum())
    return Figures(
        day=held.day,
        as_of=held.as_of.isoformat(timespec="seconds"),
        accounts=held.question.facts.book.size,
        in_flight=len(moved.question.open[moved.draft]),
        entrants=count.entrants,
        left=moved.left,
        stayed=moved.stayed,
        messages=count.messages,
        cost=count.cost,
        nodes=count.nodes,
        edges=count.edges,
        outcomes=count.outcomes,
        others=others,
        seconds=round(steady() - began, 4),
    )
