"""The words of open vocabularies (product, currency, region, intent, label) and their stable codes."""

from collections.abc import Iterable

import psycopg

UNKNOWN = 0
"""The code of a word that was not given."""


def codes(connection: psycopg.Connection, kind: str, words: Iterable[str]) -> dict[str, int]:
    """The code of each word, new words numbered on from the highest code of their kind.

    The empty word is ``UNKNOWN``. A code is never given twice: numbering holds a lock until the
    caller's transaction ends, and only a word that is really new asks for it.
    """
    wanted = {word for word in words if word}
    known = _known(connection, kind)
    if wanted - known.keys():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('cadencia.term.' || %s))", [kind])
        known = _known(connection, kind)
        following = max(known.values(), default=UNKNOWN) + 1
        fresh = {word: following + place for place, word in enumerate(sorted(wanted - known.keys()))}
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO term (kind, code, word) VALUES (%s, %s, %s)",
                [(kind, code, word) for word, code in fresh.items()],
            )
        known |= fresh
    return {"": UNKNOWN} | {word: known[word] for word in wanted}


def vocabulary(connection: psycopg.Connection, kind: str) -> tuple[str, ...]:
    """The words of a kind at the index of their code; a code without a word is the empty word."""
    by_code = {code: word for word, code in _known(connection, kind).items()}
    return tuple(by_code.get(code, "") for code in range(max(by_code, default=UNKNOWN) + 1))


def _known(connection: psycopg.Connection, kind: str) -> dict[str, int]:
    rows = connection.execute("SELECT word, code FROM term WHERE kind = %s", [kind]).fetchall()
    return dict(rows)
