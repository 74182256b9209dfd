"""Reminds of promises before and on their day, at the opening of a date: lawful channels, one a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

import numpy as np
import psycopg

from api.evaluation import Evaluator
from api.promise_messages import CHANNELS, template_key
from api.promise_policy import policy_of
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
    """A promise to remind of: which of its messages, on which account of whom."""

    promise_id: int
    account_id: int
    person_id: int
    node: int


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
    """The promises whose reminder is of this date and was not queued; one of each person."""
    row = connection.execute("SELECT settings FROM portfolio WHERE id = %s", [portfolio_id]).fetchone()
    before = policy_of(row[0] if row else {}).remind_days_before
    rows = connection.execute(
        f"""SELECT DISTINCT ON (a.person_id) p.id, a.id, a.person_id,
                CASE WHEN p.due_on = %(day)s THEN {REMINDER_ON_THE_DAY} ELSE {REMINDER_BEFORE} END AS node
            FROM promise p JOIN account a ON a.id = p.account_id
            WHERE p.state = 'made' AND p.due_on IN (%(day)s, %(later)s) AND a.portfolio_id = %(portfolio)s
              AND (p.made_at AT TIME ZONE (SELECT timezone FROM portfolio WHERE id = %(portfolio)s))::date
                  < %(day)s
              AND NOT EXISTS (SELECT 1 FROM message_item i WHERE i.cause_kind = {CauseKind.PROMISE}
                  AND i.cause_id = p.id AND i.node = CASE WHEN p.due_on = %(day)s THEN {REMINDER_ON_THE_DAY}
                                                          ELSE {REMINDER_BEFORE} END)
            ORDER BY a.person_id, p.due_on, p.id""",
        {"day": day, "later": day + timedelta(days=before), "portfolio": portfolio_id},
    ).fetchall()
    return [Due(*row) for row in rows]


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
    left = np.flatnonzero(~people.slot_taken)
    found: list[tuple[Due, Channel, int, int]] = []
    for channel in CHANNELS:
        if template_key(REMINDER_BEFORE, channel) not in evaluator.templates or not len(left):
            continue
        answer = desk.ask(left, _wish(channel))
        allowed = answer.verdicts.outcome == Outcome.ALLOWED
        for row, send_at, closes_at in zip(
            left[allowed], answer.send_at[allowed], answer.verdicts.closes_at[allowed], strict=True
        ):
            found.append((by_account[int(book.account_id[row])], channel, int(send_at), int(closes_at)))
        left = left[~allowed]
    return found


def _wish(channel: Channel) -> Wish:
    return Wish(
        channel=channel,
        purpose=Purpose.REMINDER,
        to=Relation.TITULAR,
        variants=(Variant(template=template_key(REMINDER_BEFORE, channel)),),
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
    message_id = uuid5(_NAMESPACE, f"{one.promise_id}:{one.node}")
    slot = connection.execute(
        "INSERT INTO slot (person_id, local_on, message_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [one.person_id, day, message_id],
    ).rowcount
    if not slot:
        return False
    item = connection.execute(
        "INSERT INTO message_item (cause_kind, cause_id, node, visit, addressee_id, leg, message_id,"
        " local_on, account_id) VALUES (%s, %s, %s, 1, %s, 0, %s, %s, %s) ON CONFLICT DO NOTHING",
        [int(CauseKind.PROMISE), one.promise_id, one.node, one.person_id, message_id, day, one.account_id],
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
            "template": evaluator.templates[template_key(one.node, channel)],
            "lane": lanes[one.person_id % len(lanes)], "priority": PRIORITY,
            "send_at": datetime.fromtimestamp(window[0], UTC),
            "expires_at": datetime.fromtimestamp(window[1], UTC),
            "state": int(MessageState.SHADOW if shadow else MessageState.QUEUED), "run": run_id,
            "epoch": evaluator.epoch, "account": one.account_id,
        },
    )  # fmt: skip
    return bool(item)
