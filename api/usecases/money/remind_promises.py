"""Reminds of promises and instalments before and on their day: at the opening of a date, one a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID, uuid5

import numpy as np
import psycopg

from api.agreements import plan_policy
from api.agreements.plan_messages import plan_template
from api.agreements.promise_messages import CHANNELS, template_key
from api.agreements.promise_policy import policy_of
from api.evaluation import Evaluator
from engine.contacts import ContactDesk
from engine.days import day_number
from engine.strategy.nodes.base import Variant, Wish
from engine.vocabulary import CauseKind, Channel, MessageState, Outcome, Purpose, Relation
from storage.database import Database
from storage.day_book import DayReader, Money
from storage.person_lock import lock_persons
from storage.promises import REMINDER_BEFORE, REMINDER_ON_THE_DAY
from storage.reading import Selection
from storage.shard_tables import ShardTables

_NAMESPACE = UUID("0b1a0f6e-9d25-4b8e-8b8e-3f6a3c6f7c52")
PRIORITY = 500


@dataclass(frozen=True)
class Due:
    """A promise or plan to remind of: which of its messages, on which account of whom.

    ``visit`` is 1 for a promise, and of a plan the number of the instalment and one.
    """

    kind: CauseKind
    cause_id: int
    visit: int
    account_id: int
    person_id: int
    node: int

    def seed(self) -> str:
        """What the message's id is made of, so that it is queued once."""
        if self.kind is CauseKind.PROMISE:
            return f"{self.cause_id}:{self.node}"
        return f"{self.kind.word}:{self.cause_id}:{self.visit}:{self.node}"


def remind_promises(
    database: Database, portfolio_id: int, run_id: int, day: date, now: datetime, *, shadow: bool = False
) -> int:
    """Queue the reminders of a business date, for release with its run; how many. Twice is once."""
    with database.connection() as connection:
        due = _due(connection, portfolio_id, day)
    if not due:
        return 0
    evaluator = Evaluator(database, portfolio_id)
    wanted = _lawful(database, evaluator, due, day, now)
    with database.connection() as connection:
        lock_persons(connection, [one.person_id for one, _, _, _ in wanted])
        return sum(
            _queue(connection, evaluator, run_id, day, one, channel, (send_at, expires_at), shadow=shadow)
            for one, channel, send_at, expires_at in wanted
        )


def _due(connection: psycopg.Connection, portfolio_id: int, day: date) -> list[Due]:
    """The promises and instalments whose reminder is of this date and was not queued; one of each person."""
    row = connection.execute("SELECT settings FROM portfolio WHERE id = %s", [portfolio_id]).fetchone()
    settings = row[0] if row else {}
    arguments = {
        "day": day,
        "portfolio": portfolio_id,
        "promise": day + timedelta(days=policy_of(settings).remind_days_before),
        "instalment": day + timedelta(days=plan_policy.policy_of(settings).remind_days_before),
    }
    rows = connection.execute(_DUE, arguments).fetchall()
    return [Due(CauseKind(kind), *rest) for kind, *rest in rows]


def _lawful(
    database: Database, evaluator: Evaluator, due: Sequence[Due], day: date, now: datetime
) -> list[tuple[Due, Channel, int, int]]:
    """Who may be reminded today, on which channel, from when until when (epoch seconds)."""
    selection = Selection(evaluator.portfolio_id, account_ids=tuple(sorted(one.account_id for one in due)))
    with database.columnar() as connection:
        reader = DayReader(connection, evaluator.portfolio_id, evaluator.catalogue, Money({}, {}))
        tables = ShardTables(connection, selection)
        book = reader.read(tables, day_number(day), frozenset({"payday_calendar"}), [Relation.TITULAR])
    people = book.people[Relation.TITULAR]
    desk = ContactDesk(evaluator.law.policy, book.people, book.history, day_number(day), int(now.timestamp()))
    by_account = {one.account_id: one for one in due}
    of_row = [by_account[int(account)] for account in book.account_id]
    left = np.flatnonzero(~people.slot_taken)
    found: list[tuple[Due, Channel, int, int]] = []
    for kind, channel in product((CauseKind.PROMISE, CauseKind.PLAN), CHANNELS):
        asked = left[np.array([of_row[row].kind is kind for row in left], np.bool_)]
        if _template(kind, channel) not in evaluator.templates or not len(asked):
            continue
        answer = desk.ask(asked, _wish(kind, channel))
        allowed = answer.verdicts.outcome == Outcome.ALLOWED
        for row, send_at, closes_at in zip(
            asked[allowed], answer.send_at[allowed], answer.verdicts.closes_at[allowed], strict=True
        ):
            found.append((of_row[row], channel, int(send_at), int(closes_at)))
        left = np.setdiff1d(left, asked[allowed])
    return found


def _template(kind: CauseKind, channel: Channel) -> str:
    """The template that recalls a promise or an instalment on a channel."""
    name = template_key if kind is CauseKind.PROMISE else plan_template
    return name(REMINDER_BEFORE, channel)


def _wish(kind: CauseKind, channel: Channel) -> Wish:
    return Wish(
        channel=channel,
        purpose=Purpose.REMINDER,
        to=Relation.TITULAR,
        variants=(Variant(template=_template(kind, channel)),),
        experiment="",
        priority=PRIORITY,
        send_at="window_start",
        defer_days=0,
    )


def _queue(
    connection: psycopg.Connection,
    evaluator: Evaluator,
    run_id: int,
    day: date,
    one: Due,
    channel: Channel,
    window: tuple[int, int],
    *,
    shadow: bool,
) -> bool:
    """Write one reminder with its slot and item; ``False`` when the slot or the item is taken."""
    message_id = uuid5(_NAMESPACE, one.seed())
    slot = connection.execute(
        "INSERT INTO slot (person_id, local_on, message_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [one.person_id, day, message_id],
    ).rowcount
    if not slot:
        return False
    item = connection.execute(
        "INSERT INTO message_item (cause_kind, cause_id, node, visit, addressee_id, leg, message_id,"
        " local_on, account_id) VALUES (%s, %s, %s, %s, %s, 0, %s, %s, %s) ON CONFLICT DO NOTHING",
        [int(one.kind), one.cause_id, one.node, one.visit, one.person_id, message_id, day, one.account_id],
    ).rowcount
    lanes = evaluator.lanes.get(int(channel), [0])
    connection.execute(
        """INSERT INTO message (id, local_on, portfolio_id, creditor_id, person_id, shard, channel, purpose,
               template_id, country, lane, priority, send_at, expires_at, state, released, run_id, epoch)
           SELECT %(id)s, %(day)s, a.portfolio_id, a.creditor_id, p.id, p.shard, %(channel)s, %(purpose)s,
               %(template)s, coalesce(place.country, ''), %(lane)s, %(priority)s, %(send_at)s, %(expires_at)s,
               %(state)s, true, %(run)s, %(epoch)s
           FROM account a JOIN person p ON p.id = a.person_id LEFT JOIN place ON place.id = p.place_id
           WHERE a.id = %(account)s""",
        {
            "id": message_id, "day": day, "channel": int(channel), "purpose": int(Purpose.REMINDER),
            "template": evaluator.templates[_template(one.kind, channel)],
            "lane": lanes[one.person_id % len(lanes)], "priority": PRIORITY,
            "send_at": datetime.fromtimestamp(window[0], UTC),
            "expires_at": datetime.fromtimestamp(window[1], UTC),
            "state": int(MessageState.SHADOW if shadow else MessageState.QUEUED), "run": run_id,
            "epoch": evaluator.epoch, "account": one.account_id,
        },
    )  # fmt: skip
    return bool(item)


_DUE = f"""
WITH due AS (
    SELECT {CauseKind.PROMISE} AS kind, p.id, 1 AS visit, p.account_id, p.due_on, p.made_at AS since,
        CASE WHEN p.due_on = %(day)s THEN {REMINDER_ON_THE_DAY} ELSE {REMINDER_BEFORE} END AS node
    FROM promise p WHERE p.state = 'made' AND p.due_on IN (%(day)s, %(promise)s)
    UNION ALL
    SELECT {CauseKind.PLAN}, p.id, n.number + 1,
        (SELECT min(account_id) FROM plan_debt d WHERE d.plan_id = p.id), n.due_on, p.accepted_at,
        CASE WHEN n.due_on = %(day)s THEN {REMINDER_ON_THE_DAY} ELSE {REMINDER_BEFORE} END
    FROM plan_instalment n JOIN plan p ON p.id = n.plan_id
    WHERE p.state = 'accepted' AND n.paid < n.amount AND n.due_on IN (%(day)s, %(instalment)s))
SELECT DISTINCT ON (a.person_id) kind, due.id, visit, a.id, a.person_id, node
FROM due JOIN account a ON a.id = due.account_id JOIN portfolio f ON f.id = a.portfolio_id
WHERE a.portfolio_id = %(portfolio)s AND (since AT TIME ZONE f.timezone)::date < %(day)s
  AND NOT EXISTS (SELECT 1 FROM message_item i
      WHERE (i.cause_kind, i.cause_id, i.node, i.visit) = (due.kind, due.id, due.node, due.visit))
ORDER BY a.person_id, due.due_on, kind, due.id
"""
