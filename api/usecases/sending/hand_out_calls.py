"""Hands out a list of calls to a dialer or to people: each passes the policy, and counts, right now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.delivery.by_hand import GROUP, handing_out
from api.delivery.judging import Cleared
from channels.calls import Call, call_list_csv
from engine.vocabulary import Channel
from storage.database import Database
from storage.ledger import append_line
from storage.outbox.hand_outs import HandLane, HandOut, lanes_of


@dataclass(frozen=True)
class CallList:
    """One list as it was handed out; ``refused`` calls were not lawful any more or wait for another day."""

    batch: str
    calls: tuple[Call, ...]
    refused: int

    def csv(self) -> str:
        """The list as a file."""
        return call_list_csv(self.calls)


def hand_out_calls(
    database: Database, clock: Clock, portfolio_key: str, *, handed_to: str, most: int = GROUP
) -> CallList:
    """Up to ``most`` due calls of a portfolio, the most urgent first; they count in caps from now on.

    A call is accepted when it is handed out: its result comes back with
    :func:`api.usecases.sending.record_call_results.record_call_results`.
    """
    now = clock.now()
    batch = f"llamadas-{now:%Y%m%d-%H%M%S}"
    calls: list[Call] = []
    refused = 0
    with database.connection() as connection:
        lanes = lanes_of(connection, portfolio_key, Channel.VOICE)
    for lane in lanes:
        with handing_out(database, clock, lane.lane) as hand:
            guarded = hand.guard(hand.lease(min(most - len(calls), GROUP)))
            refused += len(guarded.refused)
            with hand.transaction() as connection:
                zones = _zones(connection, [cleared.message.place_id for cleared in guarded.cleared])
            handed = []
            for cleared in guarded.cleared:
                calls.append(_call(cleared, batch, len(calls) + 1, now, zones))
                handed.append((cleared, _hand_out(cleared, lane, batch, len(calls), handed_to, now)))
            hand.record(handed)
    with database.connection() as connection:
        body = {"batch": batch, "calls": len(calls), "refused": refused, "to": handed_to}
        append_line(connection, now, "calls.handed_out", f"portfolio:{portfolio_key}", body)
    return CallList(batch, tuple(calls), refused)


def _call(cleared: Cleared, batch: str, line: int, now: datetime, zones: Mapping[int, str]) -> Call:
    message, outgoing = cleared.message, cleared.outgoing
    zone = ZoneInfo(zones[message.place_id]) if message.place_id in zones else UTC
    return Call(
        batch=batch,
        line=line,
        reference=outgoing.message_id,
        phone=outgoing.to,
        name=message.name,
        creditor=outgoing.sender,
        opens_at=now.astimezone(zone),
        closes_at=message.expires_at.astimezone(zone),
        script=outgoing.text,
    )


def _hand_out(
    cleared: Cleared, lane: HandLane, batch: str, line: int, handed_to: str, now: datetime
) -> HandOut:
    message = cleared.message
    return HandOut(
        message.id,
        message.local_on,
        lane.portfolio_id,
        lane.lane,
        message.channel,
        batch,
        line,
        handed_to,
        now,
    )


def _zones(connection: psycopg.Connection, place_ids: list[int]) -> dict[int, str]:
    """The first zone of each place, in which the window of a call is written."""
    rows = connection.execute("SELECT id, zones[1] FROM place WHERE id = ANY(%s)", [place_ids]).fetchall()
    return {place_id: zone for place_id, zone in rows if zone}
