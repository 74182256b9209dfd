"""What a provider's refusal means beyond its message: a dead address, an opt-out, a template held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from engine.vocabulary import Consent
from storage.consents import write_consent
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_person

BY_PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing to do; ``kind`` is unreachable, opt_out, hold_template or stop_channel."""

    kind: str
    person_id: int
    channel: int
    template_id: int
    address: str
    reason: str


def carry_out(connection: psycopg.Connection, consequences: Sequence[Consequence], now: datetime) -> None:
    """Do each once, however often it is asked; the persons are locked by the caller."""
    for one in sorted(consequences, key=lambda one: one.person_id):
        if one.kind == "unreachable":
            mark_unreachable(connection, one.person_id, one.channel, one.address)
        elif one.kind == "opt_out":
            write_consent(connection, one.person_id, [one.channel], Consent.DENIED, one.reason, now)
            withdraw_person(connection, one.person_id, [one.channel], reasons.OPTED_OUT, now)
        elif one.kind == "hold_template":
            connection.execute(
                "UPDATE template SET state = 'paused' WHERE id = %s AND state = 'approved'", [one.template_id]
            )
        elif one.kind == "stop_channel":
            _stop_channel(connection, one)


def mark_unreachable(connection: psycopg.Connection, person_id: int, channel: int, address: str) -> None:
    """An address reaches nobody on a channel: its bit goes, and the person's if it was the last."""
    connection.execute(
        "UPDATE contact_point SET channels = channels & ~(1::bigint << %s::int)"
        " WHERE person_id = %s AND value = %s",
        [channel, person_id, address],
    )
    connection.execute(
        """
        UPDATE person p SET revision = revision + 1,
            reachable_channels = coalesce((SELECT bit_or(channels) FROM contact_point c
                WHERE c.person_id = p.id AND c.status = 'active'), 0)
        WHERE p.id = %s
        """,
        [person_id],
    )


def _stop_channel(connection: psycopg.Connection, one: Consequence) -> None:
    connection.execute(
        """
        INSERT INTO stop_switch (scope, value, stopped_by, reason)
        SELECT 'channel', %(value)s, %(by)s, %(reason)s WHERE NOT EXISTS (
            SELECT 1 FROM stop_switch WHERE scope = 'channel' AND value = %(value)s AND resumed_at IS NULL)
        """,
        {"value": str(one.channel), "by": BY_PROVIDER, "reason": one.reason},
    )
