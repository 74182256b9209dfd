"""What came of a campaign, counted from the tables: accounts, messages, money spent and money paid."""

from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import Channel, EnrolmentState, MessageState

_WENT = [
    int(state)
    for state in (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.READ, MessageState.UNKNOWN)
]


@dataclass(frozen=True)
class Side:
    """Accounts of a campaign that were worked, or those of its control group, and what they paid in it.

    ``paid`` is minor units by currency, from the day each account entered to the campaign's last.
    """

    accounts: int
    payers: int
    paid: dict[str, int]


@dataclass(frozen=True)
class Running:
    """One campaign of a portfolio and how many accounts are in it now."""

    key: str
    name: str
    starts_on: date
    ends_on: date
    budget: int | None
    open: int


def running(connection: psycopg.Connection, portfolio_id: int) -> list[Running]:
    """The campaigns of a portfolio, the newest first."""
    with connection.cursor(row_factory=class_row(Running)) as cursor:
        cursor.execute(
            """SELECT s.key, s.name, (v.body->'campaign'->>'starts_on')::date AS starts_on,
                   (v.body->'campaign'->>'ends_on')::date AS ends_on,
                   (v.body->'campaign'->>'budget')::bigint AS budget,
                   (SELECT count(*) FROM enrolment e WHERE e.portfolio_id = s.portfolio_id
                     AND e.strategy_id = s.id AND e.state <> %s)::int AS open
               FROM strategy s JOIN strategy_version v ON v.id = s.active_version_id
               WHERE s.portfolio_id = %s AND s.kind = 'campaign' ORDER BY 3 DESC, 1""",
            [int(EnrolmentState.ENDED), portfolio_id],
        )
        return cursor.fetchall()


def sides(connection: psycopg.Connection, strategy_id: int, ends_on: date) -> dict[bool, Side]:
    """The control group (``True``) and the accounts that were worked."""
    rows = connection.execute(
        """SELECT e.holdout, count(DISTINCT e.account_id), count(DISTINCT p.account_id)
           FROM enrolment e JOIN account a ON a.id = e.account_id JOIN portfolio f ON f.id = a.portfolio_id
           LEFT JOIN payment p ON p.account_id = e.account_id AND p.reversed_at IS NULL
             AND (p.paid_at AT TIME ZONE f.timezone)::date BETWEEN e.entered_on AND %s
           WHERE e.portfolio_id = f.id AND e.strategy_id = %s GROUP BY 1""",
        [ends_on, strategy_id],
    ).fetchall()
    paid = connection.execute(
        """SELECT e.holdout, coalesce(t.word, ''), sum(p.amount)::bigint
           FROM enrolment e JOIN account a ON a.id = e.account_id JOIN portfolio f ON f.id = a.portfolio_id
           JOIN payment p ON p.account_id = e.account_id AND p.reversed_at IS NULL
             AND (p.paid_at AT TIME ZONE f.timezone)::date BETWEEN e.entered_on AND %s
           LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency
           WHERE e.portfolio_id = f.id AND e.strategy_id = %s GROUP BY 1, 2 ORDER BY 2""",
        [ends_on, strategy_id],
    ).fetchall()
    return {
        control: Side(accounts, payers, {word: minor for group, word, minor in paid if group is control})
        for control, accounts, payers in rows
    }


def messages(connection: psycopg.Connection, strategy_id: int, first: date, last: date) -> dict[str, int]:
    """Messages of a campaign that went out, by channel."""
    rows = connection.execute(
        "SELECT channel, count(*)::int FROM message WHERE strategy_id = %s AND local_on BETWEEN %s AND %s"
        " AND state = ANY(%s) GROUP BY 1 ORDER BY 1",
        [strategy_id, first, last, _WENT],
    ).fetchall()
    return {Channel(channel).word: count for channel, count in rows}


def spent(connection: psycopg.Connection, strategy_id: int) -> int:
    """What a campaign has spent of its budget, in minor units of the reporting currency."""
    row = connection.execute(
        "SELECT coalesce(sum(used), 0)::bigint FROM capacity_use"
        " WHERE strategy_id = %s AND unit LIKE '%%budget'",
        [strategy_id],
    ).fetchone()
    return int(row[0]) if row else 0


def outcomes(connection: psycopg.Connection, strategy_id: int) -> dict[str, int]:
    """How the accounts left a campaign, by outcome."""
    rows = connection.execute(
        "SELECT coalesce(t.word, ''), count(*)::int FROM enrolment e"
        " LEFT JOIN term t ON t.kind = 'outcome' AND t.code = e.outcome"
        " WHERE e.strategy_id = %s AND e.state = %s GROUP BY 1 ORDER BY 2 DESC, 1",
        [strategy_id, int(EnrolmentState.ENDED)],
    ).fetchall()
    return dict(rows)
