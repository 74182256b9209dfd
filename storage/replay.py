"""Rebuilds the question a run asked of some accounts, from its snapshot: the same facts, the same instant."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.book import Book, Facts
from engine.contact_policy import ContactHistory, ContactPolicy
from engine.contacts import Addressees, ContactDesk
from engine.day import Question
from engine.days import day_of
from engine.enrolments import Enrolments
from engine.entry import Standing
from engine.errors import RunError
from engine.facts import Catalogue
from engine.place_calendar import PlaceCalendar
from engine.plan import Plan
from engine.vocabulary import Relation


def replay(
    snapshot: Mapping[str, Any],
    account_id: int,
    plans: Sequence[Plan],
    policy: ContactPolicy,
    catalogue: Catalogue,
) -> Question:
    """The question about one account as the run asked it.

    ``snapshot`` comes from :func:`storage.snapshots.load`; ``plans`` are those of its versions, in order;
    ``policy`` is over the places it names. Raises ``RunError`` when the account was not in the shard.
    """
    accounts: pl.DataFrame = snapshot["accounts"]
    meta = snapshot["meta"]
    at = np.flatnonzero(accounts["account_id"].to_numpy() == account_id)
    if not len(at):
        raise RunError(f"account {account_id} was not in this shard", code="explain.account")
    row = accounts[int(at[0])]
    names = [name for name in row.columns if "." not in name and name != "holdout"]
    known = {name: row[name].is_not_null().to_numpy() for name in names if row[name].null_count()}
    columns = {name: _filled(row[name]) for name in names}
    vocabularies = {name: tuple(words) for name, words in meta["vocabularies"].items()}
    book = Book(1, columns, known, vocabularies, catalogue)
    people = _people(row)
    desk = ContactDesk(
        policy, people, _history(snapshot["contacts"], people), meta["day"], meta["at"] // 1_000_000
    )
    return Question(
        plans=plans,
        facts=Facts(book, meta["day"]),
        open=_open(snapshot["enrolments"], int(at[0]), len(plans)),
        standing=_standing(row, len(plans)),
        desk=desk,
        calendar=PlaceCalendar(policy.places, day_of(meta["day"]), policy.special_days),
        holdout=row["holdout"].to_numpy(),
        at=meta["at"],
        entering=meta["entering"],
    )


def _filled(column: pl.Series) -> NDArray[Any]:
    return (column.fill_null(False) if column.dtype == pl.Boolean else column.fill_null(0)).to_numpy()


def _people(row: pl.DataFrame) -> dict[Relation, Addressees]:
    words = sorted({name.split(".")[0] for name in row.columns if "." in name} - {"standing"})
    people = {}
    for word in words:
        fields = {
            field: row[f"{word}.{field}"].to_numpy()
            for field in Addressees.__dataclass_fields__
            if field != "debt" and f"{word}.{field}" in row.columns
        }
        people[Relation[word.upper()]] = Addressees(**fields, debt=np.zeros(1, np.int64))
    return people


def _history(contacts: pl.DataFrame, people: Mapping[Relation, Addressees]) -> ContactHistory:
    """The contacts of the account's people, their subjects as they were coded."""
    subjects = [int(each.subject[0]) for each in people.values()]
    ours = contacts.filter(pl.col("subject").is_in(subjects))
    columns = {name: ours[name].to_numpy() for name in ContactHistory.__dataclass_fields__}
    return ContactHistory(**columns)


def _open(enrolments: pl.DataFrame, account_row: int, plans: int) -> list[Enrolments]:
    kept = enrolments.filter(pl.col("account") == account_row) if enrolments.height else enrolments
    return [_of_plan(kept.filter(pl.col("plan") == plan) if kept.height else kept) for plan in range(plans)]


_FIELDS = "step state visit due_on arrived_on entered_on anchor_at holdout deferrals".split()


def _of_plan(frame: pl.DataFrame) -> Enrolments:
    if not frame.height:
        return _none()
    events = {
        name.removeprefix("event."): frame[name].fill_null(0).to_numpy()
        for name in frame.columns
        if name.startswith("event.")
    }
    signal = frame["signal"][0]
    signals = {signal: np.zeros(1, np.int64)} if signal else {}
    columns = {name: frame[name].to_numpy() for name in _FIELDS}
    return Enrolments(account=np.zeros(frame.height, np.int64), **columns, signals=signals, events=events)


def _none() -> Enrolments:
    return Enrolments(
        account=np.empty(0, np.int64),
        step=np.empty(0, np.int16),
        state=np.empty(0, np.int8),
        visit=np.empty(0, np.int32),
        due_on=np.empty(0, np.int32),
        arrived_on=np.empty(0, np.int32),
        entered_on=np.empty(0, np.int32),
        anchor_at=np.empty(0, np.int64),
        holdout=np.empty(0, np.bool_),
        deferrals=np.empty(0, np.int16),
    )


def _standing(row: pl.DataFrame, plans: int) -> Standing:
    left = [index for index in range(plans) if f"standing.left_on.{index}" in row.columns]
    beside = [name for name in ("campaign", "campaign_since") if f"standing.{name}" in row.columns]
    return Standing(
        current=row["standing.current"].to_numpy(),
        entered_on=row["standing.entered_on"].to_numpy(),
        episode=row["episode"].to_numpy().astype(np.int32),
        left_on={index: row[f"standing.left_on.{index}"].to_numpy() for index in left},
        left_episode={index: row[f"standing.left_episode.{index}"].to_numpy() for index in left},
        **{name: row[f"standing.{name}"].to_numpy() for name in beside},
    )
