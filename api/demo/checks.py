"""Holds the told stories against the tables and the provider's ledger: what is not true fails the demo."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import psycopg

from api.demo import unreachable
from api.demo.cast import Cast
from api.demo.stage import Stage
from channels.simulator import read_ledger
from engine.calendars import public_holidays
from engine.errors import RunError
from engine.vocabulary import SLOT_PURPOSES, Channel, MessageState


def all_true(stage: Stage, cast: Cast, days: Sequence[date]) -> None:
    """Check every story; ``RunError`` names the first that is not true."""
    ledger = read_ledger(stage.simulator.ledger_path, "accepted")
    with stage.database.connection() as connection:
        stories: dict[str, Callable[[], bool]] = {
            "nobody was written to twice": lambda: _none_twice(ledger),
            "every message of ours is on the provider's ledger, and no other": lambda: _same(
                connection, ledger
            ),
            "the 16th is a holiday in Mexico and Colombia, not in Chile": _holiday,
            "nobody in Mexico and Colombia was written to on the 16th": lambda: _quiet(ledger, connection),
            "who was deferred on the 16th was written to on the 17th": lambda: _after(connection),
            "three debts, one message": lambda: _one_for_three(connection, cast),
            "two outside contacts blocked ours": lambda: _outside(connection, cast),
            "the payer and the one who opted out got nothing after it": lambda: _withdrawn(connection, cast),
            "whom WhatsApp did not reach got one text message, and nobody two": lambda: unreachable.is_true(
                connection, cast, days[0], ledger
            ),
            "what came back is what the provider told, and some of everything did": lambda: _came_back(
                connection, read_ledger(stage.simulator.ledger_path, "webhook")
            ),
            "every date closed and balanced": lambda: _closed(connection, days),
            "no message of a mora strategy below the minimum worth working": lambda: _worth(connection),
        }
        for story, holds in stories.items():
            if not holds():
                raise RunError(f"the demo told what is not true: {story}", code="demo.untrue")


Ledger = list[dict[str, object]]
_TOLD = ("delivered", "read", "failed", "reply")
_TOLD_AT = f"SELECT id::text FROM message WHERE {{}} IS NOT NULL AND channel <> {int(Channel.EMAIL)}"


def _none_twice(ledger: Ledger) -> bool:
    return max(Counter(str(line["message_id"]) for line in ledger).values(), default=1) == 1


def _same(connection: psycopg.Connection, ledger: Ledger) -> bool:
    rows = connection.execute(
        "SELECT id::text FROM message WHERE state = ANY(%s)",
        [[int(s) for s in (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.READ)]],
    ).fetchall()
    ours = {row[0] for row in rows}
    theirs = {str(line["message_id"]) for line in ledger}
    failed_later = {
        row[0]
        for row in connection.execute(
            "SELECT id::text FROM message WHERE state = ANY(%s)",
            [[int(MessageState.FAILED), int(MessageState.UNKNOWN)]],
        )
    }
    return ours <= theirs and theirs <= ours | failed_later


def _holiday() -> bool:
    day = date(2026, 11, 16)
    return [day in public_holidays(code, None, 2026) for code in ("MX", "CO", "CL")] == [True, True, False]


def _quiet(ledger: Ledger, connection: psycopg.Connection) -> bool:
    start = datetime.combine(date(2026, 11, 16), time(0), ZoneInfo("America/Bogota")).timestamp()
    end = datetime.combine(date(2026, 11, 16), time(22), ZoneInfo("America/Tijuana")).timestamp()
    written = [str(line["message_id"]) for line in ledger if start <= float(str(line["business_at"])) < end]
    rows = connection.execute(
        "SELECT count(*) FROM message WHERE country IN ('MX', 'CO') AND id::text = ANY(%s)",
        [written],
    ).fetchall()
    return int(rows[0][0]) == 0


def _after(connection: psycopg.Connection) -> bool:
    deferred, sent = connection.execute(
        """SELECT count(*), count(*) FILTER (WHERE EXISTS (
               SELECT 1 FROM message_item i WHERE i.account_id = v.account_id AND i.local_on = '2026-11-17'))
           FROM verdict v JOIN account a ON a.id = v.account_id JOIN person p ON p.id = a.person_id
           JOIN place l ON l.id = p.place_id
           WHERE v.decided_on = '2026-11-16' AND v.until_on = '2026-11-17' AND l.country IN ('MX', 'CO')"""
    ).fetchall()[0]
    return bool(deferred > 0 and sent > 0)


def _one_for_three(connection: psycopg.Connection, cast: Cast) -> bool:
    rows = connection.execute(
        """SELECT m.id, count(*) FROM message m JOIN message_item i ON i.message_id = m.id
           WHERE m.person_id = %s AND m.local_on = '2026-11-13' AND m.leg = 0 GROUP BY m.id""",
        [cast["three_debts"].person_id],
    ).fetchall()
    return [count for _, count in rows] == [3]


def _outside(connection: psycopg.Connection, cast: Cast) -> bool:
    part = cast["outside_contacts"]
    messages, verdicts = connection.execute(
        """SELECT (SELECT count(*) FROM message WHERE person_id = %(person)s AND local_on < '2026-11-16'),
                  (SELECT count(*) FROM verdict WHERE account_id = %(account)s AND reason LIKE 'co-%%')""",
        {"person": part.person_id, "account": part.account_ids[0]},
    ).fetchall()[0]
    return bool(messages == 0 and verdicts > 0)


def _withdrawn(connection: psycopg.Connection, cast: Cast) -> bool:
    for role in ("payer", "opt_out"):
        states = [
            row[0]
            for row in connection.execute(
                "SELECT state FROM message WHERE person_id = %s AND purpose = ANY(%s)",
                [cast[role].person_id, [int(purpose) for purpose in SLOT_PURPOSES]],
            )
        ]
        if states != [int(MessageState.WITHDRAWN)]:
            return False
    return True


def _came_back(connection: psycopg.Connection, told: Ledger) -> bool:
    """Every delivery and reading of ours stands in the ledger; somebody answered, something failed.

    Mail is left out: nobody tells its delivery, a day without a bounce is taken for it.
    """
    heard = [line for line in told if line["outcome"] == "200"]
    states = {state: {str(one["message_id"]) for one in heard if one["state"] == state} for state in _TOLD}
    read, delivered = (
        {row[0] for row in connection.execute(_TOLD_AT.format(column))}
        for column in ("read_at", "delivered_at")
    )
    return (
        bool(read and delivered and states["failed"] and states["reply"])
        and read <= states["read"]
        and delivered <= states["delivered"] | states["read"]
    )


def _closed(connection: psycopg.Connection, days: Sequence[date]) -> bool:
    rows = connection.execute(
        """SELECT r.business_date FROM run r WHERE r.state = 'closed' AND r.accounts = (
               SELECT sum(accounts) FROM close_figure c WHERE c.run_id = r.id)"""
    ).fetchall()
    return {row[0] for row in rows} >= set(days)


def _worth(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        """SELECT count(*) FROM message_item i JOIN account a ON a.id = i.account_id
           JOIN term t ON t.kind = 'currency' AND t.code = a.currency
           JOIN portfolio p ON p.id = a.portfolio_id
           JOIN message m ON m.id = i.message_id JOIN strategy s ON s.id = m.strategy_id
           WHERE s.key LIKE 'mora%' AND i.amount <= (p.settings->'minimum_worth_working'->>t.word)::bigint"""
    ).fetchall()[0]
    return int(row[0]) == 0
