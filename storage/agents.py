"""Who answers in a portfolio, how much room they have, and who gets the next conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from storage.conversations import assign

_CLASS = 0x61676E74
"""Namespace of the advisory locks: "agnt"."""

MOST_AT_ONCE = 100
"""Conversations looked at in one assignment."""


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent of a portfolio and how many open conversations they have; empty lists mean any."""

    login: str
    name: str
    available: bool
    capacity: int
    languages: list[str]
    kinds: list[str]
    open: int

    def takes(self, language: str, kind: str) -> bool:
        """Whether a conversation is theirs to answer, room aside.

        >>> eva = AgentRow("eva", "Eva", True, 5, ["es"], [], 0)
        >>> eva.takes("es_MX", "saldo"), eva.takes("pt", "saldo")
        (True, False)
        """
        tongue = language.partition("_")[0]
        speaks = not self.languages or tongue in {each.partition("_")[0] for each in self.languages}
        return self.available and speaks and (not self.kinds or kind in self.kinds)


def agents_of(connection: psycopg.Connection, portfolio_id: int) -> list[AgentRow]:
    """The agents of a portfolio, by login."""
    with connection.cursor(row_factory=class_row(AgentRow)) as cursor:
        return cursor.execute(
            """SELECT g.login, coalesce(u.name, g.login) AS name, g.available AND coalesce(u.active, true)
                   AS available, g.capacity, g.languages, g.kinds,
                   (SELECT count(*) FROM conversation c WHERE c.state = 'open'
                      AND c.assigned_to = g.login) AS open
               FROM agent g LEFT JOIN app_user u ON u.login = g.login
               WHERE g.portfolio_id = %s ORDER BY g.login""",
            [portfolio_id],
        ).fetchall()


def save_agent(
    connection: psycopg.Connection,
    portfolio_id: int,
    login: str,
    *,
    available: bool,
    capacity: int,
    languages: Sequence[str],
    kinds: Sequence[str],
) -> None:
    """Write how much an agent takes and of what."""
    connection.execute(
        """INSERT INTO agent (portfolio_id, login, available, capacity, languages, kinds)
           VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (portfolio_id, login) DO UPDATE
               SET available = EXCLUDED.available, capacity = EXCLUDED.capacity,
                   languages = EXCLUDED.languages, kinds = EXCLUDED.kinds""",
        [portfolio_id, login, available, capacity, list(languages), list(kinds)],
    )


def assign_free(
    connection: psycopg.Connection, portfolio_id: int, now: datetime, *, leave: Sequence[int] = ()
) -> list[tuple[int, str]]:
    """Give what is unassigned to whoever has the least in hand and takes it; pairs of conversation and login.

    One transaction at a time does so for a portfolio, so that nobody gets more than they take; rows that
    others hold are left for the next time. ``leave`` are left as they are.
    """
    if not any(agent.available for agent in agents_of(connection, portfolio_id)):
        return []
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CLASS, portfolio_id])
    agents = agents_of(connection, portfolio_id)
    load = {agent.login: agent.open for agent in agents}
    rows = connection.execute(
        """SELECT c.id, p.language, c.reason FROM conversation c JOIN person p ON p.id = c.person_id
           WHERE c.portfolio_id = %s AND c.state = 'open' AND c.assigned_to IS NULL AND c.id <> ALL(%s)
           ORDER BY c.wrote_at NULLS LAST, c.id LIMIT %s FOR UPDATE OF c SKIP LOCKED""",
        [portfolio_id, list(leave), MOST_AT_ONCE],
    ).fetchall()
    given = []
    for conversation_id, language, reason in rows:
        able = [a for a in agents if a.takes(language, reason) and load[a.login] < a.capacity]
        if able:
            least = min(able, key=lambda agent: (load[agent.login], agent.login))
            assign(connection, conversation_id, least.login, now)
            load[least.login] += 1
            given.append((conversation_id, least.login))
    return given
