"""The red button: what may not be sent, who pressed it, and the second person who lifts it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import psycopg
from psycopg.rows import class_row

from engine.errors import ServiceError

Scope = Literal["all", "country", "channel", "strategy", "template"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

NOT_STOPPED = """NOT EXISTS (
    SELECT 1 FROM stop_switch s WHERE s.resumed_at IS NULL AND (
        s.scope = 'all'
        OR s.scope = 'country' AND s.value = m.country
        OR s.scope = 'channel' AND s.value = m.channel::text
        OR s.scope = 'strategy' AND s.value = (SELECT t.key FROM strategy t WHERE t.id = m.strategy_id)
        OR s.scope = 'template' AND s.value = (SELECT t.key FROM template t WHERE t.id = m.template_id)))
  AND NOT EXISTS (
    SELECT 1 FROM pilot p JOIN template t ON t.key = p.template_key
    WHERE p.ended_at IS NULL AND t.id = m.template_id
      AND mod(hashtextextended(p.template_key, m.person_id) & 9223372036854775807, 10000) >= p.share_bp)"""
"""A condition on a message ``m``: no switch in force stops it, nor a pilot its person is not in."""


@dataclass(frozen=True)
class Switch:
    """One press of the red button; ``value``: a country, a channel's code, a strategy's or template's key."""

    id: int
    scope: Scope
    value: str
    stopped_by: str
    stopped_at: datetime
    reason: str


def press(connection: psycopg.Connection, scope: Scope, value: str, by: str, reason: str) -> int:
    """Stop a scope from the next guard on; the id that resumes it."""
    row = connection.execute(
        "INSERT INTO stop_switch (scope, value, stopped_by, reason) VALUES (%s, %s, %s, %s) RETURNING id",
        [scope, value, by, reason],
    ).fetchone()
    assert row is not None
    return int(row[0])


def lift(connection: psycopg.Connection, switch_id: int, by: str) -> Switch:
    """Resume what a switch stopped; refused to the person who pressed it, and twice."""
    with connection.cursor(row_factory=class_row(Switch)) as cursor:
        switch = cursor.execute(
            "SELECT id, scope, value, stopped_by, stopped_at, reason FROM stop_switch"
            " WHERE id = %s AND resumed_at IS NULL FOR UPDATE",
            [switch_id],
        ).fetchone()
    if switch is None:
        raise ServiceError(
            f"no stop {switch_id} is in force", code="stop.unknown", hint="cadencia stop --list"
        )
    if switch.stopped_by.casefold() == by.casefold():
        raise ServiceError(
            f"{by} pressed stop {switch_id}", code="stop.same_person", hint="a second person must resume it"
        )
    connection.execute(
        "UPDATE stop_switch SET resumed_by = %s, resumed_at = clock_timestamp() WHERE id = %s",
        [by, switch_id],
    )
    return switch


def in_force(connection: psycopg.Connection) -> Sequence[Switch]:
    """The switches nobody has resumed, oldest first."""
    with connection.cursor(row_factory=class_row(Switch)) as cursor:
        return cursor.execute(
            "SELECT id, scope, value, stopped_by, stopped_at, reason FROM stop_switch"
            " WHERE resumed_at IS NULL ORDER BY id"
        ).fetchall()
