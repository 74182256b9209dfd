"""Whose address is this: a phone or mailbox found by its blind index, or by its value."""

from collections.abc import Sequence

import psycopg

from engine.vocabulary import MessageState


def variants(address: str) -> list[str]:
    """The spellings under which one mobile number may stand in the book.

    WhatsApp names Mexican mobiles with a 1 after 52, Argentine ones with a 9 after 54, Brazilian ones
    with or without the ninth digit; a landline is never made a mobile.

    >>> variants("+5215512345678")
    ['+5215512345678', '+525512345678']
    >>> variants("ana@correo.example")
    ['ana@correo.example']
    """
    found = [address]
    digits = address.removeprefix("+")
    if address.startswith("+521") and len(digits) == 13:
        found.append(f"+52{digits[3:]}")
    elif address.startswith("+52") and len(digits) == 12:
        found.append(f"+521{digits[2:]}")
    elif address.startswith("+549") and len(digits) == 13:
        found.append(f"+54{digits[3:]}")
    elif address.startswith("+54") and len(digits) == 12:
        found.append(f"+549{digits[2:]}")
    elif address.startswith("+55") and len(digits) == 12 and digits[4] in "6789":
        found.append(f"+55{digits[2:4]}9{digits[4:]}")
    elif address.startswith("+55") and len(digits) == 13 and digits[4] == "9":
        found.append(f"+55{digits[2:4]}{digits[5:]}")
    return found


def persons_at(connection: psycopg.Connection, address: str, indexes: Sequence[bytes] = ()) -> list[int]:
    """The persons an address belongs to, by id; ``indexes`` are the blind indexes of its variants.

    Whom no index finds (a book loaded under another key) is looked for by value, which reads the table.
    """
    found = _persons(connection, "value_index = ANY(%s)", list(indexes)) if indexes else []
    return found or _persons(connection, "value = ANY(%s)", variants(address))


def _persons(connection: psycopg.Connection, condition: str, values: Sequence[object]) -> list[int]:
    rows = connection.execute(
        f"SELECT DISTINCT person_id FROM contact_point WHERE {condition} ORDER BY person_id", [list(values)]
    ).fetchall()
    return [person_id for (person_id,) in rows]


def last_writer_to(
    connection: psycopg.Connection, person_ids: Sequence[int], channel: int, provider_id: str
) -> tuple[int, str] | None:
    """Whom an address's reply is from: (person, our message answered), by the message named or the latest.

    ``None`` when none of them was ever written to on the channel.
    """
    posted = [int(s) for s in MessageState if s >= MessageState.SENDING and s <= MessageState.UNKNOWN]
    row = connection.execute(
        """
        SELECT person_id, id::text FROM message
        WHERE person_id = ANY(%(persons)s) AND channel = %(channel)s AND state = ANY(%(posted)s)
        ORDER BY (provider_id IS NOT DISTINCT FROM %(provider)s) DESC, sending_at DESC NULLS LAST LIMIT 1
        """,
        {"persons": list(person_ids), "channel": channel, "posted": posted, "provider": provider_id},
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def mark_wrong(connection: psycopg.Connection, address: str, indexes: Sequence[bytes] = ()) -> list[int]:
    """An address belongs to somebody else: nobody is written to there again; the persons it stood for.

    It is marked under every person and so for all their accounts, and what can reach them is counted anew.
    A file that repeats the address does not revive it.
    """
    rows = connection.execute(
        "UPDATE contact_point SET status = 'wrong', verified = false WHERE person_id = ANY(%(persons)s)"
        " AND (value_index = ANY(%(indexes)s) OR value = ANY(%(values)s)) AND status <> 'wrong'"
        " RETURNING person_id",
        {"persons": persons_at(connection, address, indexes), "indexes": list(indexes),
         "values": variants(address)},
    ).fetchall()  # fmt: skip
    persons = sorted({person_id for (person_id,) in rows})
    refresh_reach(connection, persons)
    return persons


def refresh_reach(connection: psycopg.Connection, person_ids: Sequence[int]) -> None:
    """Count anew on which channels persons can be reached, and on which by a verified address."""
    connection.execute(
        """
        UPDATE person p SET revision = revision + 1,
            reachable_channels = coalesce((SELECT bit_or(channels) FROM contact_point c
                WHERE c.person_id = p.id AND c.status = 'active'), 0),
            verified_channels = coalesce((SELECT bit_or(channels) FROM contact_point c
                WHERE c.person_id = p.id AND c.status = 'active' AND c.verified), 0)
        WHERE p.id = ANY(%s)
        """,
        [list(person_ids)],
    )


def recipient_of(connection: psycopg.Connection, channel: int, provider_id: str) -> tuple[int, str] | None:
    """Whom a message of ours, named by the provider's id, went to: (person, our id)."""
    row = connection.execute(
        "SELECT person_id, id::text FROM message WHERE provider_id = %s AND channel = %s LIMIT 1",
        [provider_id, channel],
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else None
