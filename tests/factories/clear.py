"""Names and addresses as they were loaded: what lies encrypted in the tables, opened for a test."""

import psycopg

from storage.personal import addresses_of, names_of


def names(connection: psycopg.Connection) -> list[str]:
    """The names of all persons, by their ids."""
    return names_of(connection, connection.execute("SELECT id, name FROM person ORDER BY id").fetchall())


def addresses(connection: psycopg.Connection) -> list[str]:
    """All phones and mailboxes, by their ids."""
    ids = [person_id for (person_id,) in connection.execute("SELECT id FROM person").fetchall()]
    return [one.value for one in addresses_of(connection, ids)]
