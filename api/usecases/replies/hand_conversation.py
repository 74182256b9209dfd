"""Conversations in somebody's hands: taken, given, released, handed back to the strategy, closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.usecases.replies.read_conversations import unknown
from api.usecases.replies.share_out import share_out
from engine.errors import BookError
from engine.vocabulary import HoldKind
from storage import holds
from storage.access import user_by_login
from storage.conversations import Talk, assign, close_conversation, find_talk
from storage.database import Database
from storage.events import revise_enrolments
from storage.ledger import append_line
from storage.person_lock import lock_persons
from storage.personal import seal_words

Outcome = Literal[
    "handed_back", "resolved", "promise", "plan", "paid", "dispute", "complaint", "no_answer", "other"
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True)
class Hand:
    """Who acts, in which portfolio, and whether they may act on what is somebody else's."""

    login: str
    portfolio_id: int
    supervises: bool = False


def take_conversation(database: Database, clock: Clock, conversation_id: int, hand: Hand) -> None:
    """Take what nobody has, or (a supervisor) what somebody else has."""
    now = clock.now()
    with database.connection() as connection:
        talk = expect_open(connection, conversation_id, hand.portfolio_id)
        if talk.assigned_to not in (None, hand.login) and not hand.supervises:
            raise BookError(
                f"la conversación la tiene {talk.assigned_to}",
                code="conversation.taken",
                place=talk.assigned_to or "",
            )
        _assign(connection, talk, hand.login, hand.login, now)


def give_conversation(database: Database, clock: Clock, conversation_id: int, to: str, hand: Hand) -> None:
    """A supervisor puts it in somebody's hands."""
    now = clock.now()
    with database.connection() as connection:
        user = user_by_login(connection, to)
        if user is None or not user.active:
            raise BookError(f"no existe el usuario «{to}»", code="user.unknown", place="login")
        talk = expect_open(connection, conversation_id, hand.portfolio_id)
        _assign(connection, talk, user.login, hand.login, now)


def release_conversation(database: Database, clock: Clock, conversation_id: int, hand: Hand) -> None:
    """Put it back into nobody's hands; whoever has room gets another one."""
    now = clock.now()
    with database.connection() as connection:
        talk = expect_mine(connection, conversation_id, hand)
        _assign(connection, talk, None, hand.login, now)
        share_out(connection, hand.portfolio_id, now, leave=[talk.id])


def end_conversation(
    database: Database, clock: Clock, conversation_id: int, outcome: Outcome, note: str, hand: Hand
) -> None:
    """Close it with its outcome: the hold ends and the strategy goes on where it stood."""
    now = clock.now()
    with database.connection() as connection:
        known = find_talk(connection, conversation_id)
        if known is None or known.portfolio_id != hand.portfolio_id:
            raise unknown(conversation_id)
        lock_persons(connection, [known.person_id])
        talk = expect_mine(connection, conversation_id, hand)
        close_conversation(connection, talk.id, hand.login, outcome, now)
        accounts = _accounts(connection, talk)
        day = now.astimezone(_zone(connection, hand.portfolio_id)).date()
        holds.release(
            connection, HoldKind.CONVERSATION, day, person_id=talk.person_id, creditor_id=talk.creditor_id
        )
        revise_enrolments(connection, accounts)
        (sealed,) = seal_words(connection, talk.person_id, [note])
        kind = "conversation.handed_back" if outcome == "handed_back" else "conversation.closed"
        body = {"by": hand.login, "outcome": outcome, "note": sealed}
        append_line(connection, now, kind, f"conversation:{talk.id}", body)
        share_out(connection, hand.portfolio_id, now)


def expect_open(connection: psycopg.Connection, conversation_id: int, portfolio_id: int) -> Talk:
    """An open conversation of a portfolio, its row held; ``BookError`` when it is closed or unknown."""
    talk = find_talk(connection, conversation_id, lock=True)
    if talk is None or talk.portfolio_id != portfolio_id:
        raise unknown(conversation_id)
    if talk.state != "open":
        raise BookError("la conversación está cerrada", code="conversation.closed")
    return talk


def expect_mine(connection: psycopg.Connection, conversation_id: int, hand: Hand) -> Talk:
    """The same, when it is nobody's or theirs, or they supervise."""
    talk = expect_open(connection, conversation_id, hand.portfolio_id)
    if talk.assigned_to not in (None, hand.login) and not hand.supervises:
        raise BookError(
            f"la conversación la tiene {talk.assigned_to}",
            code="conversation.others",
            place=talk.assigned_to or "",
            hint="un supervisor puede intervenir",
        )
    return talk


def _assign(connection: psycopg.Connection, talk: Talk, to: str | None, by: str, now: datetime) -> None:
    if talk.assigned_to == to:
        return
    assign(connection, talk.id, to, now)
    kind = "conversation.assigned" if to else "conversation.released"
    append_line(connection, now, kind, f"conversation:{talk.id}", {"by": by, "to": to or ""})


def _accounts(connection: psycopg.Connection, talk: Talk) -> list[int]:
    rows = connection.execute(
        "SELECT id FROM account WHERE person_id = %s AND creditor_id = %s ORDER BY id",
        [talk.person_id, talk.creditor_id],
    ).fetchall()
    return [account_id for (account_id,) in rows]


def _zone(connection: psycopg.Connection, portfolio_id: int) -> ZoneInfo:
    ((name,),) = connection.execute("SELECT timezone FROM portfolio WHERE id = %s", [portfolio_id]).fetchall()
    return ZoneInfo(name)
