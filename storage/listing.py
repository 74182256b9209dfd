"""Lists people page through: enrolments, messages and runs of a portfolio, by key, newest last seen first."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from engine.vocabulary import EnrolmentState, MessageState
from storage.personal import Opener, names_of

Row = dict[str, Any]


def rows_of(connection: psycopg.Connection, query: str, values: Mapping[str, Any]) -> list[Row]:
    """The rows of a query of the code, by column name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query.encode(), values).fetchall()
    named = [row for row in rows if "person_id" in row]
    names = names_of(connection, [(row.pop("person_id"), row["person"]) for row in named])
    for row, name in zip(named, names, strict=True):
        row["person"] = name
    return rows


def enrolments(
    connection: psycopg.Connection,
    portfolio_id: int,
    *,
    strategy: str | None,
    node: str | None,
    state: EnrolmentState | None,
    after: int,
    most: int,
) -> list[Row]:
    """Enrolments in the order they were made, from behind a number."""
    return rows_of(
        connection,
        """SELECT e.id, a.number AS account, s.key AS strategy, v.number AS version, n.node_id AS node,
                  e.state, e.due_on, e.entered_on, e.arrived_on, e.ended_on, e.holdout, e.visit,
                  coalesce(t.word, '') AS outcome, p.name AS person, p.id AS person_id
           FROM enrolment e JOIN account a ON a.id = e.account_id JOIN person p ON p.id = e.person_id
           JOIN strategy s ON s.id = e.strategy_id JOIN strategy_version v ON v.id = e.version_id
           JOIN strategy_node n ON n.strategy_id = e.strategy_id AND n.code = e.node
           LEFT JOIN term t ON t.kind = 'outcome' AND t.code = e.outcome AND e.ended_on IS NOT NULL
           WHERE e.portfolio_id = %(portfolio)s AND e.id > %(after)s
             AND (%(strategy)s::text IS NULL OR s.key = %(strategy)s)
             AND (%(node)s::text IS NULL OR n.node_id = %(node)s)
             AND (%(state)s::int IS NULL OR e.state = %(state)s)
           ORDER BY e.id LIMIT %(most)s""",
        {
            "portfolio": portfolio_id,
            "strategy": strategy,
            "node": node,
            "state": None if state is None else int(state),
            "after": after,
            "most": most,
        },
    )


_MESSAGE = """SELECT m.id, m.local_on, m.channel, m.purpose, m.state, m.reason, m.country, t.key AS template,
       m.send_at, m.expires_at, m.sending_at, m.settled_at, m.delivered_at, m.read_at, m.leg,
       p.name AS person, p.id AS person_id,
       (SELECT array_agg(a.number ORDER BY i.covered, a.number) FROM message_item i
        JOIN account a ON a.id = i.account_id
        WHERE i.message_id = m.id) AS accounts
FROM message m JOIN template t ON t.id = m.template_id JOIN person p ON p.id = m.person_id"""


def messages(
    connection: psycopg.Connection,
    portfolio_id: int,
    day: date,
    *,
    state: MessageState | None,
    after: UUID | None,
    most: int,
) -> list[Row]:
    """Messages of one local date in the order of their ids."""
    return rows_of(
        connection,
        f"""{_MESSAGE} WHERE m.portfolio_id = %(portfolio)s AND m.local_on = %(day)s
              AND (%(after)s::uuid IS NULL OR m.id > %(after)s)
              AND (%(state)s::int IS NULL OR m.state = %(state)s)
            ORDER BY m.id LIMIT %(most)s""",
        {
            "portfolio": portfolio_id,
            "day": day,
            "state": None if state is None else int(state),
            "after": after,
            "most": most,
        },
    )


def messages_of_account(connection: psycopg.Connection, account_id: int, most: int) -> list[Row]:
    """The newest messages in which an account stood."""
    return rows_of(
        connection,
        f"""{_MESSAGE} WHERE (m.id, m.local_on) IN (
                SELECT message_id, local_on FROM message_item WHERE account_id = %(account)s)
            ORDER BY m.local_on DESC, m.decided_at DESC LIMIT %(most)s""",
        {"account": account_id, "most": most},
    )


def ledger_of(
    connection: psycopg.Connection, subjects: Sequence[str], person_id: int, most: int
) -> list[Row]:
    """The newest lines of the ledger about any of these subjects, a person's words in the clear."""
    lines = rows_of(
        connection,
        "SELECT id, at, kind, subject, body FROM ledger WHERE subject = ANY(%(subjects)s)"
        " ORDER BY at DESC, id DESC LIMIT %(most)s",
        {"subjects": list(subjects), "most": most},
    )
    return _with_words(connection, person_id, lines)


def events_of(connection: psycopg.Connection, account_id: int, person_id: int, most: int) -> list[Row]:
    """The newest events of an account, the person's words in the clear."""
    events = rows_of(
        connection,
        "SELECT kind, at, source, body FROM account_event WHERE account_id = %(account)s"
        " ORDER BY at DESC LIMIT %(most)s",
        {"account": account_id, "most": most},
    )
    return _with_words(connection, person_id, events)


def _with_words(connection: psycopg.Connection, person_id: int, rows: list[Row]) -> list[Row]:
    """The same rows, texts in their bodies that were sealed for the person opened."""
    opener = Opener.of(connection, [person_id])
    for row in rows:
        row["body"] = {
            name: opener.words(person_id, value) if isinstance(value, str) else value
            for name, value in row["body"].items()
        }
    return rows


def verdicts_of(connection: psycopg.Connection, account_id: int, most: int) -> list[Row]:
    """The newest wanted contacts with an account that were not made, and the rule that said so."""
    return rows_of(
        connection,
        """SELECT d.decided_on, n.node_id AS node, d.outcome, d.reason, d.until_on
           FROM verdict d JOIN enrolment e ON e.id = d.enrolment_id
           JOIN strategy_node n ON n.strategy_id = e.strategy_id AND n.code = d.node
           WHERE d.account_id = %(account)s ORDER BY d.decided_on DESC LIMIT %(most)s""",
        {"account": account_id, "most": most},
    )


def enrolments_of(connection: psycopg.Connection, account_id: int) -> list[Row]:
    """Every passage of an account, the newest first."""
    return rows_of(
        connection,
        """SELECT s.key AS strategy, v.number AS version, n.node_id AS node, e.state, e.due_on, e.entered_on,
                  e.arrived_on, e.ended_on, e.holdout, coalesce(t.word, '') AS outcome
           FROM enrolment e JOIN strategy s ON s.id = e.strategy_id
           JOIN strategy_version v ON v.id = e.version_id
           JOIN strategy_node n ON n.strategy_id = e.strategy_id AND n.code = e.node
           LEFT JOIN term t ON t.kind = 'outcome' AND t.code = e.outcome AND e.ended_on IS NOT NULL
           WHERE e.account_id = %(account)s ORDER BY e.id DESC""",
        {"account": account_id},
    )


def run_figures(connection: psycopg.Connection, run_id: int) -> list[Row]:
    """The close of a run: accounts by bucket and reason."""
    return rows_of(
        connection,
        "SELECT bucket, reason, sum(accounts)::int AS accounts FROM close_figure WHERE run_id = %(run)s"
        " GROUP BY 1, 2 ORDER BY 1, 3 DESC",
        {"run": run_id},
    )


def passages(
    connection: psycopg.Connection, portfolio_id: int, strategy: str, since: date, until: date
) -> list[Row]:
    """Accounts and money that left each node by each port in the runs of a period."""
    return rows_of(
        connection,
        """SELECT n.node_id AS node, p.port, sum(p.accounts)::bigint AS accounts,
                  sum(p.amount)::bigint AS amount, coalesce(t.word, '') AS currency
           FROM passage p JOIN run r ON r.id = p.run_id JOIN strategy_version v ON v.id = p.version_id
           JOIN strategy s ON s.id = v.strategy_id
           JOIN strategy_node n ON n.strategy_id = s.id AND n.code = p.node
           LEFT JOIN term t ON t.kind = 'currency' AND t.code = p.currency
           WHERE s.portfolio_id = %(portfolio)s AND s.key = %(strategy)s
             AND r.business_date BETWEEN %(since)s AND %(until)s
           GROUP BY 1, 2, 5 ORDER BY 1, 2, 5""",
        {"portfolio": portfolio_id, "strategy": strategy, "since": since, "until": until},
    )


def standing(connection: psycopg.Connection, portfolio_id: int, strategy: str) -> list[Row]:
    """Accounts that stand at each node now, and what they owe, by currency."""
    return rows_of(
        connection,
        """SELECT n.node_id AS node, count(*)::bigint AS accounts, sum(a.amount_to_cure)::bigint AS amount,
                  coalesce(t.word, '') AS currency
           FROM enrolment e JOIN strategy s ON s.id = e.strategy_id JOIN account a ON a.id = e.account_id
           JOIN strategy_node n ON n.strategy_id = e.strategy_id AND n.code = e.node
           LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency
           WHERE e.portfolio_id = %(portfolio)s AND s.key = %(strategy)s AND e.state <> %(ended)s
           GROUP BY 1, 4 ORDER BY 1, 4""",
        {"portfolio": portfolio_id, "strategy": strategy, "ended": int(EnrolmentState.ENDED)},
    )


def node_messages(
    connection: psycopg.Connection, portfolio_id: int, strategy: str, since: date, until: date
) -> list[Row]:
    """What became of the messages of each node and template: sent, delivered, read, answered, paid.

    An account counts as replied, promised or paid when it did so within seven days of the message.
    """
    return rows_of(
        connection,
        """WITH items AS (
               SELECT n.node_id AS node, t.key AS template, i.variant, m.channel, m.id, m.state, i.account_id,
                      i.covered, m.delivered_at, m.read_at, coalesce(m.settled_at, m.sending_at) AS sent_at
               FROM message_item i JOIN message m ON m.id = i.message_id AND m.local_on = i.local_on
               JOIN enrolment e ON i.cause_kind = 1 AND e.id = i.cause_id
               JOIN strategy s ON s.id = e.strategy_id
               JOIN strategy_node n ON n.strategy_id = s.id AND n.code = i.node
               JOIN template t ON t.id = m.template_id
               WHERE s.portfolio_id = %(portfolio)s AND s.key = %(strategy)s
                 AND m.local_on BETWEEN %(since)s AND %(until)s AND m.state IN (4, 5, 6, 8)),
           after AS (
               SELECT i.*, EXISTS (SELECT 1 FROM account_event v WHERE v.account_id = i.account_id
                                   AND v.kind = 1
                                   AND v.at BETWEEN i.sent_at AND i.sent_at + interval '7 days') AS replied,
                      EXISTS (SELECT 1 FROM promise q WHERE q.account_id = i.account_id
                              AND q.made_at BETWEEN i.sent_at AND i.sent_at + interval '7 days') AS promised,
                      (SELECT coalesce(sum(y.amount), 0) FROM payment y WHERE y.account_id = i.account_id
                       AND y.reversed_at IS NULL
                       AND y.paid_at BETWEEN i.sent_at AND i.sent_at + interval '7 days') AS money
               FROM items i)
           SELECT node, template, variant, channel, count(DISTINCT id)::int AS sent,
                  count(DISTINCT id) FILTER (WHERE delivered_at IS NOT NULL OR read_at IS NOT NULL)::int
                      AS delivered,
                  count(DISTINCT id) FILTER (WHERE read_at IS NOT NULL)::int AS read,
                  count(*) FILTER (WHERE replied)::int AS replied,
                  count(*) FILTER (WHERE promised)::int AS promised,
                  count(*) FILTER (WHERE money > 0)::int AS paid, sum(money)::bigint AS money
           FROM after GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2""",
        {"portfolio": portfolio_id, "strategy": strategy, "since": since, "until": until},
    )
