"""Effects, verdicts, exposures, passages and the figures of the close, as rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import psycopg
from numpy.typing import NDArray

from engine.book import NO_DAY, Rows
from engine.daily_close import Close
from engine.day import Decision
from engine.days import day_of
from engine.rows import without
from engine.strategy.nodes import SplitNode
from engine.vocabulary import Outcome
from storage.bigints import Bigints
from storage.copying import copy_unless_there
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
    rules = np.array([rule.id for rule in decision.question.desk.policy.rules], object)
    tomorrow = decision.question.facts.day + 1
    found = _Verdicts()
    for number, part in enumerate(decision.parts):
        for refusal in part.advance.refusals:
            stays = ~np.isin(refusal.rows, lost[number])
            reason = np.append(rules, refusal.reason)[refusal.rule[stays]]
            rows, until = refusal.rows[stays], refusal.until_day[stays]
            found.add(number, rows, refusal.step.code, refusal.outcome, reason, until)
    for deferral in decision.deferrals:
        rows = without(deferral.rows, lost[deferral.part])
        until = np.full(len(rows), tomorrow, np.int32)
        reason = np.full(len(rows), deferral.reason, object)
        found.add(deferral.part, rows, deferral.want.step.code, Outcome.DEFERRED, reason, until)
    if found.part:
        verdicts = found.frame(decision, keys).with_columns(run_id=pl.lit(dispatch.run_id, pl.Int64))
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
                rows = without(passage.rows, lost[number])
                rows = rows[~part.advance.after.holdout[rows]]
                persons = book.column("person_id")[part.advance.after.account[rows]]
                arm = np.full(len(rows), node.ports().index(passage.port), np.int16)
                frames.append(_exposure_frame(node.experiment, persons, arm))
    if not frames:
        return
    exposures = pl.concat(frames).unique(["experiment", "person_id"]).sort("experiment", "person_id")
    for (experiment,), met in exposures.group_by("experiment", maintain_order=True):
        persons = met["person_id"].to_numpy()
        known = connection.execute(
            "SELECT person_id FROM exposure WHERE experiment = %s AND person_id = ANY(%s)",
            [experiment, Bigints(persons)],
        ).fetchall()
        first = met.filter(~np.isin(persons, np.array(known, np.int64)))
        copy_unless_there(connection, "exposure", first.with_columns(exposed_on=pl.lit(day)))


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
    totals: dict[tuple[int, int, str, int], tuple[int, int]] = {}
    for number, part in enumerate(decision.parts):
        for passage in part.advance.passages:
            rows = without(passage.rows, lost[number])
            accounts = part.advance.after.account[rows]
            currency = book.column("currency")[accounts]
            amount = book.column("amount_to_cure")[accounts]
            counts = np.bincount(currency)
            sums = np.bincount(currency, weights=amount)  # exact: far below 2**53 minor units in a shard
            for code in np.flatnonzero(counts).tolist():
                key = (published[part.plan].version_id, passage.step.code, passage.port, code)
                count, money = totals.get(key, (0, 0))
                totals[key] = (count + int(counts[code]), money + int(sums[code]))
    if not totals:
        return
    keys, figures = zip(*totals, strict=True), zip(*totals.values(), strict=True)
    connection.execute(
        "INSERT INTO passage (run_id, shard, version_id, node, port, currency, accounts, amount)"
        " SELECT %s, %s, * FROM unnest("
        "  %s::int[], %s::smallint[], %s::text[], %s::smallint[], %s::int[], %s::bigint[])"
        " ON CONFLICT (run_id, shard, version_id, node, port, currency) DO UPDATE"
        " SET accounts = passage.accounts + excluded.accounts, amount = passage.amount + excluded.amount",
        [dispatch.run_id, shard, *map(list, keys), *map(list, figures)],
    )


def write_close(connection: psycopg.Connection, run_id: int, shard: int, close: Close) -> None:
    """The figures of one shard's close, replacing those of an earlier try."""
    connection.execute("DELETE FROM close_figure WHERE run_id = %s AND shard = %s", [run_id, shard])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO close_figure (run_id, shard, bucket, reason, accounts) VALUES (%s, %s, %s, %s, %s)",
            [(run_id, shard, int(bucket), reason, count) for bucket, reason, count in close.figures()],
        )


@dataclass
class _Verdicts:
    """Verdicts gathered column by column, so that they become one frame."""

    part: list[Rows] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)
    node: list[Rows] = field(default_factory=list)
    outcome: list[Rows] = field(default_factory=list)
    reason: list[NDArray[np.object_]] = field(default_factory=list)
    until: list[NDArray[np.int32]] = field(default_factory=list)

    def add(
        self,
        part: int,
        rows: Rows,
        node: int,
        outcome: Outcome,
        reason: NDArray[np.object_],
        until: NDArray[np.int32],
    ) -> None:
        """Rows of a part that were refused at one node."""
        for column, value in ((self.part, part), (self.node, node), (self.outcome, int(outcome))):
            column.append(np.full(len(rows), value, np.int64))
        self.rows.append(rows)
        self.reason.append(reason)
        self.until.append(until)

    def frame(self, decision: Decision, keys: Keys) -> pl.DataFrame:
        """All of them as rows of ``verdict``, in the order they were added."""
        part, rows = np.concatenate(self.part), np.concatenate(self.rows)
        enrolment, account = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        for number, each in enumerate(decision.parts):
            here = part == number
            enrolment[here] = keys.ids[number][rows[here]]
            account[here] = each.advance.after.account[rows[here]]
        until = np.concatenate(self.until)
        days = pl.Series(np.where(until < 0, NO_DAY, until).astype(np.int32))
        return pl.DataFrame(
            {
                "enrolment_id": enrolment,
                "account_id": decision.question.facts.book.column("account_id")[account],
                "reason": pl.Series(np.concatenate(self.reason).tolist(), dtype=pl.String),
                "until_on": days.replace(int(NO_DAY), None).cast(pl.Date),
                "node": np.concatenate(self.node).astype(np.int16),
                "outcome": np.concatenate(self.outcome).astype(np.int16),
            }
        ).with_columns(decided_on=pl.lit(day_of(decision.question.facts.day)))


def _exposure_frame(experiment: str, persons: np.ndarray, arm: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"person_id": persons.astype(np.int64), "arm": arm.astype(np.int16)}).with_columns(
        experiment=pl.lit(experiment)
    )
