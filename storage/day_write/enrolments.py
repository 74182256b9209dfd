"""Moved and new enrolments as rows, and the guarded update that writes only what nobody else changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from engine.book import NO_DAY, Rows
from engine.day import Decision
from engine.decided import Part
from engine.rows import without
from engine.vocabulary import EnrolmentState
from storage.copying import copy_in, new_ids, stage
from storage.standing import OpenEnrolments, Published

_MOVED = "node state visit due_on arrived_on anchor_at deferrals ended_on outcome".split()


@dataclass
class Keys:
    """Enrolment ids beside ``advance.after`` of every part (0 for new ones until they are written)."""

    ids: list[NDArray[np.int64]]

    @classmethod
    def of(cls, parts: Sequence[Part], opened: Sequence[OpenEnrolments]) -> "Keys":
        """The ids of what was open; zeros behind them for what is new."""
        return cls(
            [
                np.concatenate(
                    [
                        opened[part.plan].id if part.known else np.empty(0, np.int64),
                        np.zeros(len(part.advance.after) - part.known, np.int64),
                    ]
                )
                for part in parts
            ]
        )


def update_moved(
    connection: psycopg.Connection,
    decision: Decision,
    opened: Sequence[OpenEnrolments],
    outcomes: dict[str, int],
    portfolio_id: int,
    beaten: Rows,
) -> Rows:
    """Write moved rows whose revision is still the one that was read, but for the ``beaten`` accounts.

    Returns the accounts (rows of the book) that lost: somebody else changed their enrolment.
    """
    frames = [
        _moved_frame(part, opened[part.plan], decision, outcomes, beaten)
        for part in decision.parts
        if part.known
    ]
    moved = pl.concat(frames) if frames else pl.DataFrame()
    if moved.is_empty():
        return np.empty(0, np.int64)
    stage(connection, "moved_enrolment", moved.sort("id"), counted=False)
    shard = decision.question.facts.book.column("shard")
    settings = ", ".join(f"{name} = s.{name}" for name in _MOVED)
    # The range of shards lets PostgreSQL read the shard instead of the table; only losers come back.
    lost = connection.execute(
        f"""WITH written AS (
                UPDATE enrolment e SET {settings}, revision = e.revision + 1, signal = NULL
                FROM moved_enrolment s WHERE e.id = s.id AND e.revision = s.revision
                  AND e.portfolio_id = %s AND e.shard BETWEEN %s AND %s RETURNING e.id)
            SELECT s.account FROM moved_enrolment s
            WHERE NOT EXISTS (SELECT 1 FROM written w WHERE w.id = s.id)""",
        [portfolio_id, int(shard.min()), int(shard.max())],
    ).fetchall()
    return np.array([account for (account,) in lost], np.int64)


def insert_new(
    connection: psycopg.Connection,
    decision: Decision,
    published: Sequence[Published],
    entry_no: Sequence[NDArray[np.int16]],
    portfolio_id: int,
    outcomes: dict[str, int],
    keys: Keys,
    lost: Sequence[Rows],
) -> int:
    """COPY enrolments that began today but for the ``lost`` rows, their ids into ``keys``; how many."""
    total = 0
    for number, part in enumerate(decision.parts):
        rows = without(np.arange(part.known, len(part.advance.after)), lost[number])
        if not len(rows):
            continue
        ids = new_ids(connection, "enrolment", len(rows)).to_numpy()
        keys.ids[number][rows] = ids
        frame = _new_frame(part, rows, published[part.plan], entry_no[part.plan], ids, decision, outcomes)
        copy_in(connection, "enrolment", frame.with_columns(portfolio_id=pl.lit(portfolio_id, pl.Int32)))
        total += len(rows)
    return total


def _moved_frame(
    part: Part, opened: OpenEnrolments, decision: Decision, outcomes: dict[str, int], beaten: Rows
) -> pl.DataFrame:
    rows = np.flatnonzero(part.advance.moved[: part.known])
    accounts = part.advance.after.account[rows]
    if len(beaten):
        rows = rows[~np.isin(accounts, beaten)]
        accounts = part.advance.after.account[rows]
    return _state_columns(part, rows, decision.question.facts.day, outcomes).with_columns(
        account=pl.Series(accounts),
        id=pl.Series(opened.id[rows]),
        revision=pl.Series(opened.revision[rows]),
    )


def _new_frame(
    part: Part,
    rows: Rows,
    published: Published,
    entry_no: NDArray[np.int16],
    ids: NDArray[np.int64],
    decision: Decision,
    outcomes: dict[str, int],
) -> pl.DataFrame:
    after, book = part.advance.after, decision.question.facts.book
    accounts = after.account[rows]
    return _state_columns(part, rows, decision.question.facts.day, outcomes).with_columns(
        id=pl.Series(ids),
        account_id=pl.Series(book.column("account_id")[accounts]),
        person_id=pl.Series(book.column("person_id")[accounts]),
        shard=pl.Series(book.column("shard")[accounts]),
        strategy_id=pl.lit(published.strategy_id, pl.Int32),
        version_id=pl.lit(published.version_id, pl.Int32),
        entry_no=pl.Series(entry_no[accounts]),
        episode=pl.Series(book.column("episode")[accounts].astype(np.int32)),
        entered_on=_dates(after.entered_on[rows]),
        holdout=pl.Series(after.holdout[rows]),
    )


def _state_columns(part: Part, rows: Rows, day: int, outcomes: dict[str, int]) -> pl.DataFrame:
    after = part.advance.after
    codes = np.array([step.code for step in part.advance.plan.steps], np.int16)
    ended = after.state[rows] == EnrolmentState.ENDED
    return pl.DataFrame(
        {
            "node": codes[after.step[rows]],
            "state": after.state[rows].astype(np.int16),
            "visit": after.visit[rows],
            "due_on": _dates(after.due_on[rows]),
            "arrived_on": _dates(after.arrived_on[rows]),
            "anchor_at": pl.Series(after.anchor_at[rows]).cast(pl.Datetime("us")),
            "deferrals": after.deferrals[rows],
            "ended_on": _dates(np.where(ended, np.int32(day), NO_DAY)),
            "outcome": _outcome_codes(part, outcomes)[rows],
        }
    )


def outcome_words(decision: Decision) -> set[str]:
    """The names of the outcomes enrolments ended with."""
    return {word for part in decision.parts for word in part.advance.outcomes}


def _outcome_codes(part: Part, outcomes: dict[str, int]) -> NDArray[np.int16]:
    codes = np.zeros(len(part.advance.after), np.int16)
    for word, groups in part.advance.outcomes.items():
        codes[np.concatenate(groups)] = outcomes[word]
    return codes


def _dates(days: NDArray[np.int32]) -> pl.Series:
    """Day numbers as dates; ``NO_DAY`` is no date."""
    return pl.Series(pa.array(days.astype(np.int32), mask=days == NO_DAY).view(pa.date32()))
