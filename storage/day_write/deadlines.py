"""The instants a decision waits for, as timers beside the enrolments it wrote."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import psycopg

from engine.book import Rows
from engine.day import Decision
from engine.days import day_of
from engine.decided import Deadline, DeadlineKind
from storage.copying import stage
from storage.day_write.enrolments import Keys
from storage.day_write.messages import Dispatch
from storage.standing import CAUSE_ENROLMENT


def write_deadlines(
    connection: psycopg.Connection, decision: Decision, dispatch: Dispatch, keys: Keys, lost: Sequence[Rows]
) -> None:
    """Set the timers of what was written; of a message several debts share, only the winner's.

    In shadow no fate of a message is waited for: nobody sent it.
    """
    frames = [
        frame
        for number, part in enumerate(decision.parts)
        for deadline in part.advance.deadlines
        if len(frame := _frame(decision, number, deadline, keys, lost))
    ]
    if not frames:
        return
    stage(connection, "new_timer", pl.concat(frames), counted=False)
    columns = "kind, cause_id, node, visit, portfolio_id, account_id, due_at, since_on"
    values = {"portfolio": dispatch.portfolio_id, "day": day_of(decision.question.facts.day)}
    connection.execute(
        f"""INSERT INTO timer ({columns})
            SELECT kind, cause_id, node, visit, %(portfolio)s, account_id, due_at, %(day)s::date
            FROM new_timer WHERE kind = {DeadlineKind.WAIT}
            ON CONFLICT (kind, cause_id, node, visit) DO UPDATE SET due_at = excluded.due_at,
                since_on = excluded.since_on, done_at = NULL, result = ''""",
        values,
    )
    if dispatch.shadow:
        return
    connection.execute(
        f"""INSERT INTO timer ({columns}, message_id)
            SELECT n.kind, n.cause_id, n.node, n.visit, %(portfolio)s, n.account_id, n.due_at, %(day)s::date,
                   i.message_id
            FROM new_timer n JOIN message_item i ON i.cause_kind = {CAUSE_ENROLMENT}
                 AND i.cause_id = n.cause_id AND (i.node, i.visit) = (n.node, n.visit)
                 AND i.leg = 0 AND NOT i.covered AND i.alive
            WHERE n.kind = {DeadlineKind.FALLBACK} ON CONFLICT DO NOTHING""",
        values,
    )


def _frame(
    decision: Decision, number: int, deadline: Deadline, keys: Keys, lost: Sequence[Rows]
) -> pl.DataFrame:
    stays = ~np.isin(deadline.rows, lost[number])
    rows = deadline.rows[stays]
    accounts = decision.parts[number].advance.after.account[rows]
    return pl.DataFrame(
        {
            "cause_id": keys.ids[number][rows],
            "visit": deadline.visit[stays],
            "account_id": decision.question.facts.book.column("account_id")[accounts],
            "due_at": pl.Series(deadline.due_at[stays]).cast(pl.Datetime("us")),
        }
    ).with_columns(kind=pl.lit(int(deadline.kind), pl.Int16), node=pl.lit(deadline.step.code, pl.Int16))
