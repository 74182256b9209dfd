"""Personal data read back: the cells of some persons, opened with keys that are read once for all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg

from storage.cells import PREFIX, PersonKey, open_or_erased
from storage.master_keys import Wrapped
from storage.person_keys import NAME, VALUE, ensure_keys, ready

WORDS = "words"


@dataclass(frozen=True)
class Opener:
    """Opens cells of the persons it was made for; one whose key was destroyed reads as erased."""

    keys: dict[int, tuple[bytes, PersonKey | None]]

    @classmethod
    def of(cls, connection: psycopg.Connection, person_ids: Iterable[int]) -> "Opener":
        """The keys of some persons, by one query."""
        rows = connection.execute(
            "SELECT p.id, p.identity_index, k.master, k.wrapped FROM person p"
            " LEFT JOIN person_key k USING (identity_index) WHERE p.id = ANY(%s)",
            [sorted(set(person_ids))],
        ).fetchall()
        return cls(
            {
                person_id: (identity, ready(identity, Wrapped(master, wrapped)) if wrapped else None)
                for person_id, identity, master, wrapped in rows
            }
        )

    def name(self, person_id: int, stored: str) -> str:
        """The name in ``person.name``."""
        identity, key = self.keys.get(person_id, (b"", None))
        return open_or_erased(key, stored, NAME, identity)

    def address(self, person_id: int, stored: str, value_index: bytes) -> str:
        """The phone or mailbox in ``contact_point.value``."""
        _, key = self.keys.get(person_id, (b"", None))
        return open_or_erased(key, stored, VALUE, value_index)

    def words(self, person_id: int, stored: str) -> str:
        """What a person wrote or said, wherever it is kept."""
        identity, key = self.keys.get(person_id, (b"", None))
        return open_or_erased(key, stored, WORDS, identity)


@dataclass(frozen=True, slots=True)
class Address:
    """One contact point of a person, in the clear."""

    id: int
    person_id: int
    kind: str
    value: str
    channels: int
    verified: bool
    status: str


def addresses_of(connection: psycopg.Connection, person_ids: Sequence[int]) -> list[Address]:
    """The contact points of some persons, by their ids."""
    opener = Opener.of(connection, person_ids)
    rows = connection.execute(
        "SELECT id, person_id, kind, value, value_index, channels, verified, status FROM contact_point"
        " WHERE person_id = ANY(%s) ORDER BY id",
        [list(person_ids)],
    ).fetchall()
    return [
        Address(id_, person_id, kind, opener.address(person_id, value, index), channels, verified, status)
        for id_, person_id, kind, value, index, channels, verified, status in rows
    ]


def names_of(connection: psycopg.Connection, stored: Sequence[tuple[int, str]]) -> list[str]:
    """The names behind pairs of person id and ``person.name`` as it was read, in their order."""
    if not any(name.startswith(PREFIX) for _, name in stored):
        return [name for _, name in stored]
    opener = Opener.of(connection, [person_id for person_id, _ in stored])
    return [opener.name(person_id, name) for person_id, name in stored]


def seal_words(connection: psycopg.Connection, person_id: int, texts: Sequence[str]) -> list[str]:
    """What a person wrote or said, as it is kept in events, cases and the ledger; bound to the person."""
    if not any(texts):
        return list(texts)
    ((identity,),) = connection.execute(
        "SELECT identity_index FROM person WHERE id = %s", [person_id]
    ).fetchall()
    key = ensure_keys(connection, [identity])[identity]
    return [key.seal(text, WORDS, identity) for text in texts]
