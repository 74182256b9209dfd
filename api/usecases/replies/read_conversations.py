"""The inbox as shown: one conversation with its debts, its lawful ways and its timeline."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from api.clock import Clock
from api.delivery.lawful import Lawful, Subject, ask_lawful
from engine.errors import BookError
from engine.vocabulary import Channel
from storage.account_history import account_head, happenings
from storage.conversation_timeline import Entry, moves_of, words_in, words_out
from storage.conversations_seen import DebtSeen, TalkSeen, debts_of, talk_seen
from storage.database import Database

MOST_ENTRIES = 300
MOST_ACCOUNTS = 5
"""Debts whose whole history stands in one timeline; the others are listed without it."""

_SAID_ALREADY = frozenset({"message", "event"})
"""Kinds of an account's history that the timeline tells with their words."""


@dataclass(frozen=True)
class TemplateOffered:
    """An approved template that may open the conversation again."""

    key: str
    name: str
    channel: str


@dataclass(frozen=True)
class Opened:
    """One conversation with all that an agent looks at."""

    talk: TalkSeen
    debts: Sequence[DebtSeen]
    channels: Sequence[Lawful]
    templates: Sequence[TemplateOffered]
    timeline: Sequence[Entry]


def read_conversation(
    database: Database, clock: Clock, portfolio_id: int, portfolio_key: str, conversation_id: int
) -> Opened:
    """One conversation of a portfolio; ``BookError`` when there is none."""
    now = clock.now()
    with database.connection() as connection:
        talk = talk_seen(connection, portfolio_id, conversation_id, now)
        if talk is None:
            raise unknown(conversation_id)
        debts = debts_of(connection, talk.person_id, talk.creditor_id)
        subject = Subject(talk.person_id, talk.creditor_id, portfolio_id, tuple(debt.id for debt in debts))
        timeline = timeline_of(connection, portfolio_key, subject, debts)
        timeline += [*_began(talk), *moves_of(connection, conversation_id)]
        return Opened(
            talk,
            debts,
            ask_lawful(connection, subject, now),
            offered_templates(connection, [Channel.WHATSAPP, Channel.SMS, Channel.EMAIL]),
            in_order(timeline, MOST_ENTRIES),
        )


def unknown(conversation_id: int) -> BookError:
    """The refusal of a conversation the portfolio does not have."""
    return BookError(f"no existe la conversación {conversation_id}", code="conversation.unknown")


def timeline_of(
    connection: psycopg.Connection, portfolio_key: str, subject: Subject, debts: Sequence[DebtSeen]
) -> list[Entry]:
    """What was said both ways, and what happened to the largest debts."""
    entries = words_in(connection, subject.account_ids, MOST_ENTRIES)
    entries += words_out(connection, subject.person_id, subject.creditor_id, MOST_ENTRIES)
    for debt in debts[:MOST_ACCOUNTS]:
        account = account_head(connection, portfolio_key, debt.account)
        if account is None:
            continue
        entries += [
            Entry(each.at, each.kind, debt.account, each.what)
            for each in happenings(connection, account, [])
            if each.kind not in _SAID_ALREADY
        ]
    return entries


def in_order(entries: Sequence[Entry], most: int) -> list[Entry]:
    """The newest entries, the oldest of them first."""
    return sorted(entries, key=lambda entry: (entry.at, entry.kind))[-most:]


def offered_templates(connection: psycopg.Connection, channels: Sequence[Channel]) -> list[TemplateOffered]:
    """The approved templates of some channels, by name."""
    rows = connection.execute(
        "SELECT DISTINCT ON (key) key, coalesce(body->>'name', key), channel FROM template"
        " WHERE state = 'approved' AND channel = ANY(%s) ORDER BY key, version DESC",
        [[int(channel) for channel in channels]],
    ).fetchall()
    offered = [TemplateOffered(key, name, Channel(channel).word) for key, name, channel in rows]
    return sorted(offered, key=lambda template: (template.channel, template.name))


def _began(talk: TalkSeen) -> list[Entry]:
    return [Entry(talk.opened_at, "conversation.opened", "", {"reason": talk.reason})]
