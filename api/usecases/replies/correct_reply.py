"""A person says what a reply really meant: the next one like it is understood."""

from api.clock import Clock
from channels.replies.classifier import intents
from engine.errors import BookError
from storage.database import Database
from storage.ledger import append_line
from storage.reply_examples import save_correction

LONGEST = 1_000


def correct_reply(database: Database, clock: Clock, text: str, intent: str, *, by: str) -> None:
    """Keep a correction; ``BookError`` for an intent there is none of, or an empty text."""
    if intent not in intents():
        known = ", ".join(intents())
        raise BookError(f"no existe la intención «{intent}»", code="intent.unknown", hint=known)
    if not text.strip():
        raise BookError("falta el texto", code="intent.text", place="text")
    with database.connection() as connection:
        save_correction(connection, text.strip()[:LONGEST], intent, by, clock.now())
        append_line(connection, clock.now(), "reply.corrected", f"intent:{intent}", {"by": by})
