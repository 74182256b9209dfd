"""Saves how much an agent takes, and the texts agents have at hand; both are in the ledger."""

from dataclasses import dataclass

from api.clock import Clock
from api.usecases.replies.inbox_settings import SettingsRefused, read_inbox
from api.usecases.replies.share_out import share_out
from channels.replies.words_checked import check_source
from engine.errors import BookError
from storage import agents, quick_replies
from storage.access import user_by_login
from storage.agents import AgentRow, agents_of
from storage.database import Database
from storage.ledger import append_line
from storage.quick_replies import QuickReplyRow


@dataclass(frozen=True)
class AgentIn:
    """What an agent takes."""

    login: str
    available: bool
    capacity: int
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


def save_agent(database: Database, clock: Clock, portfolio_id: int, wish: AgentIn, *, by: str) -> AgentRow:
    """Write an agent and share out what waits; ``BookError`` for a user there is none of."""
    now = clock.now()
    with database.connection() as connection:
        user = user_by_login(connection, wish.login)
        if user is None:
            raise BookError(f"no existe el usuario «{wish.login}»", code="user.unknown", place="login")
        agents.save_agent(
            connection, portfolio_id, user.login, available=wish.available, capacity=wish.capacity,
            languages=wish.languages, kinds=wish.kinds,
        )  # fmt: skip
        body = {"by": by, "available": wish.available, "capacity": wish.capacity,
                "languages": list(wish.languages), "kinds": list(wish.kinds)}  # fmt: skip
        append_line(connection, now, "agent.saved", f"user:{user.login}", body)
        share_out(connection, portfolio_id, now)
        return next(row for row in agents_of(connection, portfolio_id) if row.login == user.login)


def save_quick_reply(
    database: Database, clock: Clock, portfolio_id: int, reply: QuickReplyRow, *, by: str
) -> None:
    """Write a text; ``SettingsRefused`` for one that is unsafe or may not be said."""
    with database.connection() as connection:
        findings = check_source(reply.body, read_inbox(connection, portfolio_id).country)
        worst = next((finding for finding in findings if finding.blocks), None)
        if worst is not None:
            raise SettingsRefused(worst.message_es, findings, place="body", code="quick_reply.words")
        quick_replies.save_quick_reply(connection, portfolio_id, reply, by)
        body = {"by": by, "language": reply.language}
        append_line(connection, clock.now(), "quick_reply.saved", f"quick_reply:{reply.key}", body)
