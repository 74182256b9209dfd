"""Effects, verdicts, exposures, passages and the figures of the close, as rows."""

import json
from collections.abc import Sequence

import numpy as np
import polars as pl
import psycopg

from engine.book import NO_DAY, Rows, day_of
from engine.daily_close import Close
from engine.day import Decision
from engine.strategy.nodes import SplitNode
from engine.vocabulary import Outcome
from storage.copying import copy_unless_there, stage
from storage.day_write.enrolments import Keys
from storage.day_write.messages import Dispatch
from storage.standing import CAUSE_ENROLMENT, Published


def write_effects(
    connection: psycopg.Connection, decision: Decision, dispatch: Dispatch, keys: Keys, lost: Sequence[Rows]
) -> None:
    """Tasks, offers, labels and core actions, once per enrolment, node, visit and kind."""
    book, day = decision.question.facts.book, decision.question.facts.day
    frames = []
    for number, part in enumerate(decision.parts):
        for effect in part.advance.effects:
            stays = ~np.isin(effect.rows, lost[number])
            rows = effect.rows[stays]
            accounts = part.advance.after.account[rows]
            frames.append(
                pl.DataFrame(
                    {
                        "cause_id": keys.ids[number][rows],
                        "visit": effect.visit[stays],
                        "account_id": book.column("account_id")[accounts],
                        "person_id": book.column("person_id")[accounts],
                    }
                ).with_columns(
                    node=pl.lit(effect.step.code, pl.Int16),
                    kind=pl.lit(effect.kind),
                    details=pl.lit(json.dumps(effect.details, ensure_ascii=False)),
                )
            )
    if not frames:
        return
    effects = pl.concat(frames).with_columns(
        cause_kind=pl.lit(CAUSE_ENROLMENT, pl.Int16),
        portfolio_id=pl.lit(dispatch.portfolio_id, pl.Int32),
        decided_on=pl.lit(day_of(day)),
        state=pl.lit("shadow" if dispatch.shadow else "open"),
    )
    copy_unless_there(connection, "effect", effects, {"details": "jsonb"})


def write_verdicts(
    connection: psycopg.Connection, decision: Decision, dispatch: Dispatch, keys: Keys, lost: Sequence[Rows]
) -> None:
    """Every wanted contact that was not made today, with its rule and the date it waits for."""
    rules = [rule.id for rule in decision.question.desk.policy.rules]
    frames = []
    for number, part in enumerate(decision.parts):
        for refusal in part.advance.refusals:
            stays = ~np.isin(refusal.rows, lost[number])
            frames.append(
                _verdict_frame(
                    decision,
                    keys,
                    number,
                    refusal.rows[stays],
                    refusal.step.code,
                    refusal.outcome,
                    np.array([*rules, refusal.reason])[refusal.rule[stays]],
                    refusal.until_day[stays],
                )
            )
    for deferral in decision.deferrals:
        rows = np.setdiff1d(deferral.rows, lost[deferral.part])
        tomorrow = np.full(len(rows), decision.question.facts.day + 1, np.int32)
        reason = np.full(len(rows), deferral.reason)
        frames.append(
            _verdict_frame(
                decision,
                keys,
                deferral.part,
                rows,
                deferral.want.step.code,
                Outcome.DEFERRED,
                reason,
                tomorrow,
            )
        )
    if frames:
        verdicts = pl.concat(frames).with_columns(run_id=pl.lit(dispatch.run_id, pl.Int64))
        verdicts = verdicts.unique(["enrolment_id", "node"], keep="last").sort("enrolment_id")
        copy_unless_there(connection, "verdict", verdicts)


def write_exposures(
    connection: psycopg.Connection, decision: Decision, keys: Keys, lost: Sequence[Rows]
) -> None:
    """First meetings of persons with experiments; covered accounts record none (03, point 11)."""
    ballot, frames = decision.ballot, []
    day = day_of(decision.question.facts.day)
    leads = ballot.leader == np.arange(len(ballot.leader))
    for number, (_, want) in enumerate(ballot.wants):
        if len(want.wish.variants) > 1:
            rows = np.flatnonzero(leads & (ballot.want == number))
            frames.append(
                _exposure_frame(want.wish.experiment, ballot.candidates.person_id[rows], ballot.variant[rows])
            )
    book = decision.question.facts.book
    for number, part in enumerate(decision.parts):
        for passage in part.advance.passages:
            node = passage.step.node
            if isinstance(node, SplitNode):
                rows = np.setdiff1d(passage.rows, lost[number])
                rows = rows[~part.advance.after.holdout[rows]]
                persons = book.column("person_id")[part.advance.after.account[rows]]
                arm = np.full(len(rows), node.ports().index(passage.port), np.int16)
                frames.append(_exposure_frame(node.experiment, persons, arm))
    if not frames:
        return
    exposures = pl.concat(frames).unique(["experiment", "person_id"]).sort("experiment", "person_id")
    if not exposures.is_empty():
        stage(connection, "new_exposure", exposures.with_columns(exposed_on=pl.lit(day)), counted=False)
        connection.execute(
            "INSERT INTO exposure (experiment, person_id, arm, exposed_on)"
            " SELECT experiment, person_id, arm, exposed_on FROM new_exposure ON CONFLICT DO NOTHING"
        )


def write_passages(
    connection: psycopg.Connection,
    decision: Decision,
    published: Sequence[Published],
    dispatch: Dispatch,
    shard: int,
    lost: Sequence[Rows],
) -> None:
    """How many accounts left each node by each port, and their money by currency."""
    book = decision.question.facts.book
    frames = []
    for number, part in enumerate(decision.parts):
        for passage in part.advance.passages:
            rows = passage.rows if not len(lost[number]) else np.setdiff1d(passage.rows, lost[number])
            accounts = part.advance.after.account[rows]
            frames.append(
                pl.DataFrame(
                    {
                        "currency": book.column("currency")[accounts],
                        "amount": book.column("amount_to_cure")[accounts],
                    }
                )
                .group_by("currency")
                .agg(accounts=pl.len().cast(pl.Int32), amount=pl.col("amount").sum())
                .with_columns(
                    version_id=pl.lit(published[part.plan].version_id, pl.Int32),
                    node=pl.lit(passage.step.code, pl.Int16),
                    port=pl.lit(passage.port),
                )
            )
    if not frames:
        return
    passages = (
        pl.concat(frames)
        .group_by("version_id", "node", "port", "currency")
        .agg(pl.col("accounts").sum(), pl.col("amount").sum())
        .with_columns(run_id=pl.lit(dispatch.run_id, pl.Int64), shard=pl.lit(shard, pl.Int16))
    )
    stage(connection, "new_passage", passages, counted=False)
    names = ", ".join(passages.columns)
    connection.execute(
        f"INSERT INTO passage ({names}) SELECT {names} FROM new_passage"
        " ON CONFLICT (run_id, shard, version_id, node, port, currency) DO UPDATE"
        " SET accounts = passage.accounts + excluded.accounts, amount = passage.amount + excluded.amount"
    )


def write_close(connection: psycopg.Connection, run_id: int, shard: int, close: Close) -> None:
    """The figures of one shard's close, replacing those of an earlier try."""
    connection.execute("DELETE FROM close_figure WHERE run_id = %s AND shard = %s", [run_id, shard])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO close_figure (run_id, shard, bucket, reason, accounts) VALUES (%s, %s, %s, %s, %s)",
            [(run_id, shard, int(bucket), reason, count) for bucket, reason, count in close.figures()],
        )


def _verdict_frame(
    decision: Decision,
    keys: Keys,
    part: int,
    rows: Rows,
    node: int,
    outcome: Outcome,
    reason: np.ndarray,
    until: np.ndarray,
) -> pl.DataFrame:
    accounts = decision.parts[part].advance.after.account[rows]
    days = np.where(until < 0, NO_DAY, until).astype(np.int32)
    return pl.DataFrame(
        {
            "enrolment_id": keys.ids[part][rows],
            "account_id": decision.question.facts.book.column("account_id")[accounts],
            "reason": pl.Series(reason, dtype=pl.String),
            "until_on": pl.Series(days).replace(int(NO_DAY), None).cast(pl.Date),
        }
    ).with_columns(
        decided_on=pl.lit(day_of(decision.question.facts.day)),
        node=pl.lit(node, pl.Int16),
        outcome=pl.lit(int(outcome), pl.Int16),
    )


def _exposure_frame(experiment: str, persons: np.ndarray, arm: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"person_id": persons.astype(np.int64), "arm": arm.astype(np.int16)}).with_columns(
        experiment=pl.lit(experiment)
    )
