"""Persons with their contact points and consents, found again by blind index and never merged by phone."""

from collections.abc import Sequence

import polars as pl
import psycopg
from psycopg import sql

from storage import person_keys
from storage.book_in.merging import Merged, Upsert
from storage.copying import names, stage

_TO_PERSON = sql.SQL(" FROM {} s JOIN person p USING (identity_index)")


def save_persons(
    connection: psycopg.Connection, persons: pl.DataFrame, *, once: Sequence[str] = ()
) -> Merged:
    """Upsert persons by ``identity_index`` (binary); the other columns are columns of ``person``.

    Columns in ``once`` are written for new persons only. ``shard`` is the first byte of the index, so
    that it follows from the key alone. A new person without ``language`` is taken to speak Spanish.
    Names are encrypted under their person's key, which a new person gets here.
    """
    defaults = {
        name: word for name, word in (("language", "es"), ("name", "")) if name not in persons.columns
    }
    staged = persons.with_columns(**{name: pl.lit(word) for name, word in defaults.items()})
    keys = person_keys.ensure_keys(connection, staged["identity_index"].to_list())
    staged = person_keys.sealed(staged, "name", person_keys.NAME, "identity_index", keys)
    stage(connection, "staged_person", staged)
    first_only = [*once, *defaults]
    columns = [name for name in persons.columns if name not in ("identity_index", *once)]
    source = sql.SQL(
        "SELECT {}, get_byte(identity_index, 0) FROM staged_person ORDER BY identity_index"
    ).format(names(["identity_index", *columns, *first_only]))
    upsert = Upsert(
        "person",
        ["identity_index"],
        columns,
        source,
        once=[*first_only, "shard"],
        beside={"revision": "person.revision + 1"},
    )
    return upsert.run(connection)


def save_contact_points(connection: psycopg.Connection, points: pl.DataFrame) -> Merged:
    """Upsert contact points by (``identity_index``, ``value_index``).

    A point that proved wrong keeps that status: a file that repeats it does not revive it.
    """
    keys = person_keys.ensure_keys(connection, points["identity_index"].to_list())
    sealed = person_keys.sealed(points, "value", person_keys.VALUE, "value_index", keys)
    stage(connection, "staged_contact_point", sealed)
    columns = [name for name in points.columns if name not in ("identity_index", "value_index")]
    source = sql.SQL("SELECT p.id, s.value_index, {}{} ORDER BY p.shard, p.id").format(
        names(columns, "s"), _TO_PERSON.format(sql.Identifier("staged_contact_point"))
    )
    return Upsert("contact_point", ["person_id", "value_index"], columns, source).run(connection)


def save_consents(
    connection: psycopg.Connection, consents: pl.DataFrame, *, over_denial: bool = True
) -> Merged:
    """Upsert consents by (``identity_index``, ``channel``) with ``state``, ``source`` and ``at``.

    The latest word of a person wins; an older one, or the same again, changes nothing. Without
    ``over_denial`` a grant does not lift an opt-out: a bank's file may not know of it yet.
    """
    stage(connection, "staged_consent", consents)
    source = sql.SQL(_LATEST_CONSENTS)
    upsert = Upsert("consent", ["person_id", "channel"], ["state", "source", "at"], source)
    return upsert.run(connection, {"over_denial": over_denial})


def refresh_channels(connection: psycopg.Connection, people: pl.Series) -> int:
    """Recompute the channel bit sets of persons after their points or consents were saved.

    ``people`` are identity indexes (binary); returns how many persons changed. Bit *code* of a set is
    that channel. A person who denied every channel is opted out altogether.
    """
    stage(connection, "staged_touched", pl.DataFrame({"identity_index": people.unique()}))
    return connection.execute(_REFRESH).rowcount


_LATEST_CONSENTS = """
SELECT DISTINCT ON (p.id, s.channel) p.id, s.channel, s.state, s.source, s.at
FROM staged_consent s JOIN person p USING (identity_index)
LEFT JOIN consent c ON c.person_id = p.id AND c.channel = s.channel
WHERE c.at IS NULL
   OR (c.at < s.at AND c.state <> s.state AND (%(over_denial)s OR c.state <> 2))
ORDER BY p.id, s.channel, s.at DESC
"""

_REFRESH = """
WITH touched AS (SELECT p.id FROM staged_touched JOIN person p USING (identity_index)),
points AS (
    SELECT person_id, bit_or(channels) AS reachable,
           coalesce(bit_or(channels) FILTER (WHERE verified), 0) AS verified
    FROM contact_point JOIN touched ON touched.id = person_id WHERE status = 'active' GROUP BY person_id),
said AS (
    SELECT person_id, coalesce(bit_or(1::bigint << channel) FILTER (WHERE state = 1), 0) AS consented,
           coalesce(bit_or(1::bigint << channel) FILTER (WHERE state = 2), 0) AS denied
    FROM consent JOIN touched ON touched.id = person_id GROUP BY person_id),
sets AS (
    SELECT id, coalesce(reachable, 0) AS reachable, coalesce(verified, 0) AS verified,
           coalesce(consented, 0) AS consented, coalesce(denied, 0) AS denied,
           CASE WHEN denied & 126 = 126 THEN 128 ELSE 0 END AS opted_out
    FROM touched LEFT JOIN points ON points.person_id = id LEFT JOIN said ON said.person_id = id)
UPDATE person p SET reachable_channels = reachable, verified_channels = verified,
    consented_channels = consented, denied_channels = denied,
    stops = (stops & ~128::bigint) | opted_out, revision = revision + 1
FROM sets WHERE sets.id = p.id
  AND (reachable_channels, verified_channels, consented_channels, denied_channels, stops & 128)
      IS DISTINCT FROM (reachable, verified, consented, denied, opted_out)
"""
