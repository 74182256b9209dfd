"""The ballot of a decision as rows: messages, and the items that say for which accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from engine.book import Rows
from engine.contacts import takes_slot
from engine.day import Decision
from engine.days import day_of
from engine.decided import Want
from engine.strategy.nodes import ChannelNode
from engine.vocabulary import MessageState, Relation
from storage.standing import CAUSE_ENROLMENT


@dataclass(frozen=True)
class Dispatch:
    """What a message needs that the engine does not know.

    ``templates`` maps template keys to ids, ``lanes`` a channel code to its sender lanes, ``countries``
    are by place, ``evaluation`` is a number no other evaluation has: message ids come from it.
    """

    portfolio_id: int
    run_id: int | None
    evaluation: int
    templates: Mapping[str, int]
    lanes: Mapping[int, Sequence[int]]
    countries: Sequence[str]
    epoch: int
    shadow: bool
    released: bool


def message_frame(
    decision: Decision, strategy_ids: Sequence[int], dispatch: Dispatch, leaders: Rows
) -> pl.DataFrame:
    """One message per leading candidate (``leader`` names it), with ``takes_slot`` beside it."""
    ballot, book = decision.ballot, decision.question.facts.book
    wants = [want for _, want in ballot.wants]
    asking = ballot.want[leaders]
    channel = _each(wants, [int(want.wish.channel) for want in wants])[asking]
    person = ballot.candidates.person_id[leaders]
    places = _places(decision, leaders)
    state = MessageState.SHADOW if dispatch.shadow else MessageState.QUEUED
    plans = [strategy_ids[decision.parts[part].plan] for part, _ in ballot.wants]
    return pl.DataFrame(
        {
            "leader": leaders,
            "id": message_ids(dispatch.evaluation, person, leaders),
            "creditor_id": ballot.candidates.creditor[leaders].astype(np.int32),
            "person_id": person,
            "shard": book.column("shard")[ballot.account[leaders]],
            "channel": channel.astype(np.int16),
            "purpose": ballot.candidates.purpose[leaders].astype(np.int16),
            "relation": _each(wants, [int(want.wish.to) for want in wants])[asking].astype(np.int16),
            "template_id": _template_table(wants, dispatch)[asking, ballot.variant[leaders]],
            "variant": ballot.variant[leaders],
            "strategy_id": _each(wants, plans)[asking].astype(np.int32),
            "country": np.array(dispatch.countries)[places],
            "lane": _lanes(channel, person, dispatch.lanes),
            "priority": ballot.candidates.priority[leaders].astype(np.int16),
            "send_at": ballot.send_at[leaders],
            "expires_at": ballot.expires_at[leaders],
            "leg": _each(wants, [want.leg for want in wants])[asking].astype(np.int16),
            "moot_once": _each(wants, [_moot_once(want) for want in wants])[asking].astype(np.int16),
            "takes_slot": _each(wants, [takes_slot(want.wish) for want in wants])[asking].astype(np.bool_),
        }
    ).with_columns(
        pl.from_epoch("send_at", time_unit="s").cast(pl.Datetime("us")),
        pl.from_epoch("expires_at", time_unit="s").cast(pl.Datetime("us")),
        local_on=pl.lit(day_of(decision.question.facts.day)),
        portfolio_id=pl.lit(dispatch.portfolio_id, pl.Int32),
        state=pl.lit(int(state), pl.Int16),
        released=pl.lit(dispatch.released),
        run_id=pl.lit(dispatch.run_id, pl.Int64),
        epoch=pl.lit(dispatch.epoch, pl.Int32),
    )


def _places(decision: Decision, leaders: Rows) -> NDArray[np.int16]:
    """Where the addressee of each message is: a co-debtor may live in another country than the debtor."""
    ballot = decision.ballot
    accounts, asking = ballot.account[leaders], ballot.want[leaders]
    places = decision.question.facts.book.column("place")[accounts].astype(np.int16)
    for number, (_, want) in enumerate(ballot.wants):
        if want.wish.to is not Relation.TITULAR:
            theirs = asking == number
            places[theirs] = decision.question.desk.people[want.wish.to].place[accounts[theirs]]
    return places


def item_frame(decision: Decision, rows: Rows, enrolment_id: NDArray[np.int64]) -> pl.DataFrame:
    """One item per candidate in ``rows``; ``enrolment_id`` is beside them, ``leader`` names the message."""
    ballot = decision.ballot
    wants = [want for _, want in ballot.wants]
    owed = decision.question.facts.book.column("amount_to_cure")
    return pl.DataFrame(
        {
            "candidate": rows,
            "leader": ballot.leader[rows],
            "cause_kind": np.full(len(rows), CAUSE_ENROLMENT, np.int16),
            "cause_id": enrolment_id,
            "node": _each(wants, [want.step.code for want in wants])[ballot.want[rows]].astype(np.int16),
            "visit": ballot.visit[rows],
            "addressee_id": ballot.candidates.person_id[rows],
            "leg": _each(wants, [want.leg for want in wants])[ballot.want[rows]].astype(np.int16),
            "account_id": ballot.candidates.account_id[rows],
            "amount": owed[ballot.account[rows]],
            "variant": ballot.variant[rows],
            "covered": ballot.leader[rows] != rows,
        }
    )


def message_ids(evaluation: int, person_id: NDArray[np.int64], candidate: Rows) -> pl.Series:
    """Ids out of the evaluation and the candidate: the same decision gives the same ids.

    UUIDs of version 8: the evaluation and the candidate (24 bits each), so that the ids of a run stand
    side by side in an index, then 74 bits of splitmix64 over both and the person.
    """
    with np.errstate(over="ignore"):
        seed = np.uint64(evaluation) * np.uint64(0x9E3779B97F4A7C15) + candidate.astype(np.uint64)
        mixed = _mix(seed ^ _mix(person_id.astype(np.uint64)))
        low = _mix(mixed + person_id.astype(np.uint64))
    order = candidate.astype(np.uint64) & np.uint64(0xFFFFFF) | np.uint64((evaluation & 0xFFFFFF) << 24)
    high = (order << np.uint64(16)) | np.uint64(0x8000) | (mixed & np.uint64(0x0FFF))
    low = (low & np.uint64(0x3FFFFFFFFFFFFFFF)) | np.uint64(0x8000000000000000)
    octets = np.stack([high, low], axis=1).astype(">u8").view(np.uint8)
    digits = np.ascontiguousarray(_HEX[octets]).view("S32")
    return pl.Series("id", pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(32), len(candidate), [None, pa.py_buffer(digits)]
    )).cast(pl.Binary).cast(pl.String)  # fmt: skip


_HEX = np.frombuffer(bytes(range(256)).hex().encode(), "S2")
"""Two hexadecimal digits by octet."""


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)))


def _moot_once(want: Want) -> int:
    """The state of the first message from which on this leg is no longer wanted; 0 for first messages."""
    node = want.step.node
    fallback = node.fallback if isinstance(node, ChannelNode) and want.leg else None
    return int(fallback.moot_once) if fallback is not None else 0


def new_number(connection: psycopg.Connection, beside: int) -> int:
    """A number no other evaluation has: the database never gives a transaction id twice.

    ``beside`` is a high bit of its own for each trigger beside the daily run.
    """
    ((xid,),) = connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchall()
    return beside | int(xid)


def _each(wants: Sequence[Want], values: Sequence[int]) -> NDArray[np.int64]:
    """One value per want, as a table to look candidates up in (never empty)."""
    return np.array(values if wants else [0], np.int64)


def _template_table(wants: Sequence[Want], dispatch: Dispatch) -> NDArray[np.int32]:
    """Template ids by want and variant."""
    width = max((len(want.wish.variants) for want in wants), default=1)
    table = np.zeros((max(len(wants), 1), width), np.int32)
    for row, want in enumerate(wants):
        for column, variant in enumerate(want.wish.variants):
            table[row, column] = dispatch.templates[variant.template]
    return table


def _lanes(
    channel: NDArray[np.int64], person: NDArray[np.int64], lanes: Mapping[int, Sequence[int]]
) -> NDArray[np.int16]:
    """A person always meets the same sender of a channel; lane 0 has no sender and alarms."""
    chosen = np.zeros(len(channel), np.int16)
    for code, numbers in lanes.items():
        here = channel == code
        chosen[here] = np.array(numbers, np.int16)[person[here] % len(numbers)]
    return chosen
