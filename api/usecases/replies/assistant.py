"""Answers by itself what is a fact: balance, how to pay, due date, plans on offer; the rest is a person's.

It only ever says what is true and asked for, inside the window, to a verified address, some times a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from api.agreements.plan_policy import policy_of
from api.delivery.lawful import BY_MESSAGE, Lawful, Subject, ask_lawful, debts_at_rest
from api.usecases.money.make_promise import Debt
from api.usecases.money.plan_options import PlanOption, plan_options
from api.usecases.replies.answer_conversation import Author, queue_answer
from api.usecases.replies.deciding_answer import AnswerRefused, Decided
from api.usecases.replies.inbox_settings import read_inbox
from api.wording import worded
from channels.formats import money, short_date
from channels.replies.assistant_texts import text_about
from engine.vocabulary import Channel, Purpose
from storage.conversations import open_talk_of
from storage.outbox.written import Words

BY = "asistente"
"""Who the ledger and the timeline say wrote."""

MOST_PLANS = 3
STALE_DAYS = 3
"""Days after which an amount is too old to be told by a machine."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Question:
    """A fact somebody asked for: by which channel, under which id of the provider."""

    person_id: int
    channel: Channel
    reference: str
    intent: str


def answer_fact(
    connection: psycopg.Connection, question: Question, debts: Sequence[Debt], now: datetime
) -> bool:
    """Answer, within the transaction that takes the reply; false: a person answers.

    It is a person's when the portfolio says so, somebody talks with the debtor already, a debt rests or is
    too old, the address is not verified, or the day has had its answers.
    """
    language, portfolio_id = _asker(connection, question.person_id, debts)
    source = text_about(question.intent, language)
    if not source or question.channel not in BY_MESSAGE or portfolio_id is None:
        return False
    settings = read_inbox(connection, portfolio_id).settings.assistant
    if not settings.on or _answered(connection, question.person_id, now) >= settings.most_per_day:
        return False
    subject = Subject(
        question.person_id, debts[0].creditor_id, portfolio_id, tuple(debt.account_id for debt in debts)
    )
    told = _may(connection, subject, question.channel, now)
    if told is None or not _facts_stand(connection, debts, now):
        return False
    options = _plans(connection, debts, language, now) if question.intent == "plan" else []
    if question.intent == "plan" and not options:
        return False
    words = Words(
        "\n".join([worded(source), *options]), source=True, subject=_subject(question.channel, language)
    )
    decided = Decided(subject, question.channel, Purpose.ANSWER, words, "", told)
    return _send(connection, question, decided, now)


def _asker(connection: psycopg.Connection, person_id: int, debts: Sequence[Debt]) -> tuple[str, int | None]:
    """The person's language, and the portfolio of the debts where they share one with their creditor."""
    rows = connection.execute(
        "SELECT DISTINCT p.language, a.portfolio_id, a.creditor_id FROM account a"
        " JOIN person p ON p.id = %s WHERE a.id = ANY(%s)",
        [person_id, [debt.account_id for debt in debts]],
    ).fetchall()
    return (str(rows[0][0]), int(rows[0][1])) if len(rows) == 1 else ("es", None)


def _answered(connection: psycopg.Connection, person_id: int, now: datetime) -> int:
    row = connection.execute(
        "SELECT count(*) FROM written_message WHERE person_id = %s AND by = %s AND at > %s",
        [person_id, BY, now - _DAY],
    ).fetchone()
    return int(row[0]) if row else 0


def _may(connection: psycopg.Connection, subject: Subject, channel: Channel, now: datetime) -> Lawful | None:
    """What the law says, when it lets facts go to a verified address and nobody is talking already."""
    if open_talk_of(connection, subject.person_id, subject.creditor_id) is not None:
        return None
    if debts_at_rest(connection, subject.account_ids):
        return None
    (told,) = ask_lawful(connection, subject, now, [channel])
    free = told.may and told.mode == "free" and told.purpose is Purpose.ANSWER
    return told if free and told.verified else None


def _facts_stand(connection: psycopg.Connection, debts: Sequence[Debt], now: datetime) -> bool:
    """Whether there is something to pay, and its amount is fresh enough to be told."""
    today = now.astimezone(ZoneInfo(debts[0].timezone)).date()
    row = connection.execute(
        "SELECT min(amount_as_of) FROM account WHERE id = ANY(%s)", [[debt.account_id for debt in debts]]
    ).fetchone()
    as_of: date | None = row[0] if row else None
    fresh = as_of is None or (today - as_of).days <= STALE_DAYS
    return fresh and sum(debt.amount_to_cure for debt in debts) > 0


def _plans(connection: psycopg.Connection, debts: Sequence[Debt], language: str, now: datetime) -> list[str]:
    """The plans the debtor may take today, a line each; none where there are several debts."""
    if len(debts) != 1:
        return []
    debt = debts[0]
    today = now.astimezone(ZoneInfo(debt.timezone)).date()
    options = plan_options(connection, debt.account_id, policy_of(debt.settings), today=today)
    return [_line(option, debt.country, language) for option in options[:MOST_PLANS]]


def _line(option: PlanOption, country: str, language: str) -> str:
    terms = option.terms
    amounts = [money(one.amount, terms.currency, country) for one in terms.schedule]
    first = short_date(terms.schedule[0].due_on.isoformat())
    said = ("payments of", "from") if language.startswith("en") else ("pagos de", "desde el")
    most = max(terms.schedule, key=lambda one: one.amount).amount
    each = amounts[0] if len(set(amounts)) == 1 else money(most, terms.currency, country)
    return f"- {len(amounts)} {said[0]} {each}, {said[1]} {first}"


def _subject(channel: Channel, language: str) -> str:
    if channel is not Channel.EMAIL:
        return ""
    return "Your question" if language.startswith("en") else "Su consulta"


def _send(connection: psycopg.Connection, question: Question, decided: Decided, now: datetime) -> bool:
    key = f"{BY}:{question.channel.word}:{question.reference}"
    try:
        queue_answer(connection, decided, Author(BY, key), now)
    except AnswerRefused:
        return False  # no number of the portfolio sends on this channel: a person finds another way
    return True
