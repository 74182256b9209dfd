"""One account through a draft, step by step: the nodes it passes on the next date to run, and why."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from api.evaluation import Evaluator, Occasion
from api.what_if.held_book import EVERYONE, next_date
from api.what_if.moving import put_draft
from engine.day import Decision, evaluate
from engine.errors import BookError
from engine.explain import explain
from engine.plan import compile_plan
from engine.strategy.document import Strategy
from engine.vocabulary import EnrolmentState, Trigger
from storage.database import Database
from storage.reading import Selection


def walk_account(
    database: Database, portfolio_id: int, draft: Strategy, number: str, now: datetime
) -> dict[str, Any]:
    """Its steps, where it stands afterwards, and why; ``BookError`` when there is no such account."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT id FROM account WHERE portfolio_id = %s AND number = %s", [portfolio_id, number]
        ).fetchone()
        day, at = next_date(connection, portfolio_id, now)
    if row is None:
        raise BookError("there is no such account", place=number, code="account.unknown")
    evaluator = Evaluator(database, portfolio_id)
    plan = compile_plan(draft, catalogue=evaluator.catalogue)
    evaluator.facts |= plan.facts()
    evaluator.relations = sorted(EVERYONE)
    occasion = Occasion(day=day, at=at, trigger=Trigger.DAILY, evaluation=0)
    question, _ = evaluator.question(Selection(portfolio_id, account_ids=(int(row[0]),)), occasion)
    moved = put_draft(question, plan, {})
    decision = evaluate(moved.question)
    return {
        "account": number,
        "day": day.isoformat(),
        "as_of": now.astimezone(UTC).isoformat(timespec="seconds"),
        **_path(decision, moved.draft),
        "why": [{"kind": line.kind, "text": line.text} for line in explain(moved.question)],
    }


def _path(decision: Decision, draft: int) -> dict[str, Any]:
    """The steps inside the draft in order, and where the account stands when the day is decided."""
    steps: list[dict[str, str]] = []
    for part in decision.parts:
        if part.plan != draft:
            continue
        for passage in part.advance.passages:
            target = passage.step.targets.get(passage.port, -1)
            to = part.advance.plan.steps[target].node.id if target >= 0 else ""
            steps += [{"node": passage.step.node.id, "port": passage.port, "to": to}] * len(passage.rows)
        after = part.advance.after
        for place in np.flatnonzero(after.state != EnrolmentState.ENDED):
            node = part.advance.plan.steps[after.step[place]].node.id
            state = EnrolmentState(int(after.state[place])).word
            return {"in_draft": True, "steps": steps, "stands_at": node, "state": state}
        if len(after):
            outcome = next(iter(part.advance.outcomes), "")
            return {"in_draft": True, "steps": steps, "stands_at": "", "state": outcome or "ended"}
    return {"in_draft": False, "steps": [], "stands_at": "", "state": ""}
