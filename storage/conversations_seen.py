"""Conversations as the inbox shows them: in order of urgency, with whom, about how much, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import EventKind
from storage.personal import Opener, names_of

LAST_WORDS = 120
"""How much of the last words a list shows, in characters."""

View = Literal["open", "mine", "unassigned", "waiting", "closed"]


@dataclass(frozen=True, slots=True)
class TalkSeen:
    """One conversation; ``value`` is what is owed in its largest debt's currency, in minor units.

    ``band`` and ``rank`` are its place in the list: the urgent first, then the largest value (of closed
    ones: the newest).
    """

    id: int
    state: str
    person_id: int
    creditor_id: int
    person: str
    language: str
    channel: int
    reason: str
    accounts: list[str] | None
    value: int
    currency: str
    opened_at: datetime
    last_at: datetime
    wrote_at: datetime | None
    answered_at: datetime | None
    waiting: bool
    window_until: datetime | None
    assigned_to: str | None
    assigned_at: datetime | None
    first_answer_s: int | None
    in_hand_s: int
    closed_at: datetime | None
    closed_by: str | None
    outcome: str
    band: int
    rank: int
    last_words: str = ""


_SEEN = """
WITH seen AS (
    SELECT c.*, p.name AS person, p.language, debts.numbers AS accounts, coalesce(debts.value, 0) AS value,
        coalesce(t.word, '') AS currency_word, point.until AS window_until,
        c.state = 'open' AND c.wrote_at IS NOT NULL
            AND c.wrote_at > coalesce(c.answered_at, '-infinity') AS waiting
    FROM conversation c JOIN person p ON p.id = c.person_id
    LEFT JOIN LATERAL (
        SELECT max(k.wrote_at) + interval '24 hours' AS until FROM contact_point k
        WHERE k.person_id = c.person_id AND k.status = 'active'
          AND k.wrote_at > %(as_of)s - interval '24 hours' AND k.wrote_at <= %(as_of)s) AS point ON true
    LEFT JOIN LATERAL (
        SELECT array_agg(a.number ORDER BY a.amount_to_cure DESC, a.id) AS numbers,
            sum(a.amount_to_cure) FILTER (WHERE a.currency = a.leading)::bigint AS value,
            min(a.leading) AS currency
        FROM (SELECT *, first_value(currency) OVER (ORDER BY amount_to_cure DESC, id) AS leading
              FROM account WHERE person_id = c.person_id AND creditor_id = c.creditor_id) AS a
    ) AS debts ON true
    LEFT JOIN term t ON t.kind = 'currency' AND t.code = debts.currency
    WHERE c.portfolio_id = %(portfolio)s AND {narrow}
), placed AS (
    SELECT *, CASE WHEN state = 'closed' THEN 4 WHEN NOT waiting THEN 3 WHEN window_until IS NULL THEN 2
                   WHEN window_until < %(as_of)s + interval '2 hours' THEN 0 ELSE 1 END AS band,
        CASE WHEN state = 'closed' THEN -extract(epoch FROM closed_at)::bigint ELSE -value END AS rank
    FROM seen
)
SELECT id, state, person_id, creditor_id, person, language, channel, reason, accounts, value,
    currency_word AS currency, opened_at, last_at, wrote_at, answered_at, waiting, window_until, assigned_to,
    assigned_at, extract(epoch FROM first_answer_at - opened_at)::int AS first_answer_s,
    in_hand_s + CASE WHEN state = 'open' AND assigned_at IS NOT NULL
        THEN greatest(extract(epoch FROM %(as_of)s - assigned_at), 0)::int ELSE 0 END AS in_hand_s,
    closed_at, closed_by, outcome, band, rank
FROM placed
"""

_NARROW: dict[View, str] = {
    "open": "c.state = 'open'",
    "mine": "c.state = 'open' AND c.assigned_to = %(login)s",
    "unassigned": "c.state = 'open' AND c.assigned_to IS NULL",
    "waiting": "c.state = 'open' AND c.wrote_at > coalesce(c.answered_at, '-infinity')",
    "closed": "c.state = 'closed'",
}


def talks(
    connection: psycopg.Connection,
    portfolio_id: int,
    view: View,
    *,
    login: str,
    as_of: datetime,
    after: tuple[int, int, int] | None,
    most: int,
) -> list[TalkSeen]:
    """Conversations of a portfolio by urgency as it was at ``as_of``, from behind (band, rank, id)."""
    query = _SEEN.format(narrow=_NARROW[view]) + (
        " WHERE (band, rank, id) > (%(band)s, %(rank)s, %(id)s) ORDER BY band, rank, id LIMIT %(most)s"
    )
    band, rank, last = after or (-1, 0, 0)
    values = {
        "portfolio": portfolio_id, "login": login, "as_of": as_of, "band": band, "rank": rank, "id": last,
        "most": most,
    }  # fmt: skip
    return _read(connection, query, values)


def talk_seen(
    connection: psycopg.Connection, portfolio_id: int, conversation_id: int, as_of: datetime
) -> TalkSeen | None:
    """One conversation of a portfolio."""
    query = _SEEN.format(narrow="c.id = %(id)s")
    found = _read(connection, query, {"portfolio": portfolio_id, "id": conversation_id, "as_of": as_of})
    return found[0] if found else None


def _read(connection: psycopg.Connection, query: str, values: dict[str, object]) -> list[TalkSeen]:
    with connection.cursor(row_factory=class_row(TalkSeen)) as cursor:
        found = cursor.execute(query.encode(), values).fetchall()
    names = names_of(connection, [(one.person_id, one.person) for one in found])
    words = _last_words(connection, found)
    return [
        replace(one, person=name, last_words=words.get((one.person_id, one.creditor_id), ""))
        for one, name in zip(found, names, strict=True)
    ]


def _last_words(connection: psycopg.Connection, found: Sequence[TalkSeen]) -> dict[tuple[int, int], str]:
    """What each person wrote last to their creditor, the beginning of it, in the clear."""
    rows = connection.execute(
        """SELECT DISTINCT ON (a.person_id, a.creditor_id) a.person_id, a.creditor_id,
               coalesce(nullif(v.body->>'text', ''), v.body->>'payload', '')
           FROM unnest(%s::bigint[], %s::int[]) AS w(person_id, creditor_id)
           JOIN account a USING (person_id, creditor_id)
           JOIN account_event v ON v.account_id = a.id AND v.kind = %s
           ORDER BY a.person_id, a.creditor_id, v.at DESC, v.id DESC""",
        [[one.person_id for one in found], [one.creditor_id for one in found], int(EventKind.REPLY)],
    ).fetchall()
    opener = Opener.of(connection, {person for person, _, _ in rows})
    return {
        (person, creditor): opener.words(person, text)[:LAST_WORDS] if text else ""
        for person, creditor, text in rows
    }


@dataclass(frozen=True, slots=True)
class DebtSeen:
    """One debt beside a conversation or task, in minor units."""

    id: int
    account: str
    amount_to_cure: int
    outstanding_balance: int
    currency: str
    due_on: date | None
    promise_open: bool
    dispute_open: bool
    hold_kinds: int


def debts_of(connection: psycopg.Connection, person_id: int, creditor_id: int) -> list[DebtSeen]:
    """The debts of a person to a creditor, the largest arrears first."""
    with connection.cursor(row_factory=class_row(DebtSeen)) as cursor:
        return cursor.execute(
            """SELECT a.id, a.number AS account, a.amount_to_cure, a.outstanding_balance,
                   coalesce(t.word, '') AS currency, coalesce(a.effective_due_on, a.due_on) AS due_on,
                   a.promise_open, a.dispute_open, a.hold_kinds
               FROM account a LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency
               WHERE a.person_id = %s AND a.creditor_id = %s ORDER BY a.amount_to_cure DESC, a.id""",
            [person_id, creditor_id],
        ).fetchall()


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """What one agent has in hand, and how fast they answer (seconds, of what was opened in 7 days)."""

    login: str
    open: int
    waiting: int
    closed_today: int
    first_answer_s: int | None
    in_hand_s: int | None


def figures_of_agents(
    connection: psycopg.Connection, portfolio_id: int, since: datetime, today: datetime
) -> list[AgentFigures]:
    """The figures of everybody who has or had a conversation since an instant; medians of seconds."""
    with connection.cursor(row_factory=class_row(AgentFigures)) as cursor:
        return cursor.execute(
            """SELECT assigned_to AS login, count(*) FILTER (WHERE state = 'open') AS open,
                   count(*) FILTER (WHERE state = 'open' AND wrote_at > coalesce(answered_at, '-infinity'))
                       AS waiting,
                   count(*) FILTER (WHERE closed_at >= %(today)s) AS closed_today,
                   (percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_answer_at
                       - opened_at)))::int AS first_answer_s,
                   (percentile_disc(0.5) WITHIN GROUP (ORDER BY in_hand_s)
                       FILTER (WHERE state = 'closed'))::int AS in_hand_s
               FROM conversation WHERE portfolio_id = %(portfolio)s AND assigned_to IS NOT NULL
                 AND (state = 'open' OR closed_at >= %(since)s)
               GROUP BY assigned_to ORDER BY assigned_to""",
            {"portfolio": portfolio_id, "since": since, "today": today},
        ).fetchall()


def counts(connection: psycopg.Connection, portfolio_id: int) -> tuple[int, int, int]:
    """How many conversations are open, of those unassigned, and waiting for an answer."""
    row = connection.execute(
        """SELECT count(*), count(*) FILTER (WHERE assigned_to IS NULL),
               count(*) FILTER (WHERE wrote_at > coalesce(answered_at, '-infinity'))
           FROM conversation WHERE portfolio_id = %s AND state = 'open'""",
        [portfolio_id],
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])
