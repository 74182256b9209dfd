"""Words written to a person: kept encrypted beside their message, opened by the guard before the post."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from engine.vocabulary import Channel
from storage.personal import Opener, seal_words

CARRIES = "written"
"""The state of the template rows that carry words written in conversations: no strategy can choose them."""

CARRIER = "palabras_"
"""How the keys of those rows begin; the channel follows."""


@dataclass(frozen=True, slots=True)
class WrittenButton:
    """A choice under a text; ``payload`` comes back when it is pressed."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """One row of a list of choices, under the heading ``section``."""

    section: str
    title: str
    payload: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What was written. ``source``: the text has template variables, filled just before the post."""

    text: str
    source: bool = False
    subject: str = ""
    buttons: tuple[WrittenButton, ...] = ()
    menu_button: str = ""
    rows: tuple[WrittenRow, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Written:
    """Words of one key, by whom, of which conversation, and the message that carries them."""

    key: str
    conversation_id: int | None
    person_id: int
    message_id: UUID
    by: str
    at: datetime


def read_words(document: str) -> Words | None:
    """Words as they were kept; ``None`` for those of an erased person."""
    try:
        kept = json.loads(document)
    except ValueError:
        return None
    return Words(
        **kept
        | {
            "buttons": tuple(WrittenButton(**each) for each in kept["buttons"]),
            "rows": tuple(WrittenRow(**each) for each in kept["rows"]),
        }
    )


def write_words(connection: psycopg.Connection, written: Written, words: Words | None) -> bool:
    """Keep words under their key; whether the key is new. ``None``: a template's words, not ours."""
    document = json.dumps(asdict(words), ensure_ascii=False) if words else ""
    (sealed,) = seal_words(connection, written.person_id, [document])
    return bool(
        connection.execute(
            "INSERT INTO written_message (key, conversation_id, person_id, message_id, by, words, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [written.key, written.conversation_id, written.person_id, written.message_id, written.by, sealed,
             written.at],
        ).rowcount
    )  # fmt: skip


def message_of(connection: psycopg.Connection, key: str) -> UUID | None:
    """The message that carries the words of a key."""
    row = connection.execute("SELECT message_id FROM written_message WHERE key = %s", [key]).fetchone()
    return None if row is None else row[0]


def words_of(connection: psycopg.Connection, message_ids: Sequence[UUID]) -> dict[UUID, Words]:
    """The words of messages that carry some; those of templates and of erased persons are left out."""
    rows = connection.execute(
        "SELECT message_id, person_id, words FROM written_message WHERE message_id = ANY(%s) AND words <> ''",
        [list(message_ids)],
    ).fetchall()
    opener = Opener.of(connection, [person_id for _, person_id, _ in rows])
    found = {message_id: read_words(opener.words(person_id, kept)) for message_id, person_id, kept in rows}
    return {message_id: words for message_id, words in found.items() if words is not None}


def ensure_carrier(connection: psycopg.Connection, channel: Channel) -> str:
    """The key of the template row that stands for written words of a channel; made when first needed."""
    key = f"{CARRIER}{channel.word}"
    body = {"key": key, "name": "Palabras de una conversación", "channel": channel.word, "body": "-"}
    connection.execute(
        "INSERT INTO template (key, version, channel, language, body, state) VALUES (%s, 1, %s, 'es', %s, %s)"
        " ON CONFLICT (key, version) DO NOTHING",
        [key, int(channel), Jsonb(body), CARRIES],
    )
    return key


def cause_of(key: str) -> int:
    """The number by which a message of written words is asked for: the same for the same key.

    >>> cause_of("talk:1:a") == cause_of("talk:1:a") != cause_of("talk:1:b")
    True
    """
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") >> 1
