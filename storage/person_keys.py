"""The keys of persons: one each, wrapped by a master key, made with a person and destroyed to erase one."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl
import psycopg

from storage.cells import PersonKey, new_secret
from storage.copying import copy_in, stage
from storage.master_keys import Wrapped, masters

NAME = "person:name"
VALUE = "contact_point:value"
_AT_ONCE = 5_000


def keys_of(connection: psycopg.Connection, identities: Iterable[bytes]) -> dict[bytes, PersonKey]:
    """The keys of the persons with these identity indexes; who has none is not in it."""
    rows = connection.execute(
        "SELECT identity_index, master, wrapped FROM person_key WHERE identity_index = ANY(%b::bytea[])",
        [list(identities)],
    ).fetchall()
    return {identity: ready(identity, Wrapped(master, wrapped)) for identity, master, wrapped in rows}


def ensure_keys(connection: psycopg.Connection, identities: Sequence[bytes]) -> dict[bytes, PersonKey]:
    """The keys of persons about to be written, new ones made; two loads of one person agree on its key."""
    found = keys_of(connection, identities)
    missing = sorted(set(identities) - found.keys())
    if not missing:
        return found
    secrets = {identity: new_secret() for identity in missing}
    ring = masters()
    wrapped = {identity: ring.wrap(secret, identity) for identity, secret in secrets.items()}
    rows = connection.execute(
        f"INSERT INTO person_key (identity_index, master, wrapped) {_GIVEN} ON CONFLICT DO NOTHING"
        " RETURNING identity_index",
        [*_columns(wrapped)],
    ).fetchall()
    ours = {identity: PersonKey(secrets[identity]) for (identity,) in rows}
    theirs = [identity for identity in missing if identity not in ours]
    return found | ours | (keys_of(connection, theirs) if theirs else {})


def copy_keys(connection: psycopg.Connection, identities: Sequence[bytes]) -> dict[bytes, PersonKey]:
    """Keys for persons who are all new, by COPY; a known one fails the transaction."""
    secrets = {identity: new_secret() for identity in identities}
    ring = masters()
    wrapped = [ring.wrap(secret, identity) for identity, secret in secrets.items()]
    copy_in(
        connection,
        "person_key",
        pl.DataFrame(
            {
                "identity_index": pl.Series(list(secrets), dtype=pl.Binary),
                "master": [one.master for one in wrapped],
                "wrapped": pl.Series([one.content for one in wrapped], dtype=pl.Binary),
            }
        ),
    )
    return {identity: PersonKey(secret) for identity, secret in secrets.items()}


def sealed(
    frame: pl.DataFrame, column: str, place: str, row: str, keys: Mapping[bytes, PersonKey]
) -> pl.DataFrame:
    """A frame of loads with ``column`` encrypted; its row is named by ``row``, its person by identity."""
    values = zip(frame["identity_index"], frame[column], frame[row], strict=True)
    cells = [
        None if text is None else keys[identity].seal(text, place, where) for identity, text, where in values
    ]
    return frame.with_columns(pl.Series(column, cells, dtype=pl.String))


def ready(identity: bytes, wrapped: Wrapped) -> PersonKey:
    """A person's key unwrapped; a master this process does not know yet is looked for once more."""
    return PersonKey(masters(wrapped.master).unwrap(wrapped, identity))


def rewrap(connection: psycopg.Connection) -> int:
    """Wrap anew a batch of keys that an older master wrapped; how many, 0 when all are under the newest."""
    ring = masters()
    rows = connection.execute(
        "SELECT identity_index, master, wrapped FROM person_key WHERE master <> %s LIMIT %s FOR UPDATE",
        [ring.newest, _AT_ONCE],
    ).fetchall()
    again = {
        identity: ring.wrap(masters(master).unwrap(Wrapped(master, wrapped), identity), identity)
        for identity, master, wrapped in rows
    }
    connection.execute(
        "UPDATE person_key k SET master = g.master, wrapped = g.wrapped"
        f" FROM ({_GIVEN}) AS g(identity_index, master, wrapped) WHERE k.identity_index = g.identity_index",
        [*_columns(again)],
    )
    return len(again)


def destroy_key(connection: psycopg.Connection, identity: bytes) -> bool:
    """Destroy a person's key: what it encrypted can no longer be read; whether there was one."""
    return bool(connection.execute("DELETE FROM person_key WHERE identity_index = %s", [identity]).rowcount)


def told_otherwise(connection: psycopg.Connection, told: pl.DataFrame) -> pl.DataFrame:
    """The ``identity_index`` of those whose digest ``told`` is not the one that is kept, or who have none."""
    stage(connection, "staged_told", told)
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(
            "SELECT s.identity_index FROM staged_told s LEFT JOIN person_key k USING (identity_index)"
            " WHERE k.told IS DISTINCT FROM s.told"
        ).fetchall()
    return pl.DataFrame({"identity_index": pl.Series([row[0] for row in rows], dtype=pl.Binary)})


def remember_told(connection: psycopg.Connection, told: pl.DataFrame) -> None:
    """Keep digests (``identity_index``, ``told``) beside the keys of their persons."""
    if told.is_empty():
        return
    stage(connection, "staged_told", told)
    connection.execute(
        "UPDATE person_key k SET told = s.told FROM staged_told s WHERE k.identity_index = s.identity_index"
    )


def forget_told(connection: psycopg.Connection, identities: Sequence[bytes]) -> None:
    """Keep no digest of these persons any more."""
    connection.execute(
        "UPDATE person_key SET told = NULL WHERE identity_index = ANY(%b::bytea[])", [list(identities)]
    )


_GIVEN = "SELECT * FROM unnest(%b::bytea[], %b::text[], %b::bytea[])"


def _columns(wrapped: Mapping[bytes, Wrapped]) -> tuple[list[bytes], list[str], list[bytes]]:
    return list(wrapped), [one.master for one in wrapped.values()], [one.content for one in wrapped.values()]
