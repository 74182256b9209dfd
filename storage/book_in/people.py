"""Persons with their contact points and consents, found again by blind index and never merged by phone."""

import polars as pl
import psycopg
from psycopg import sql

from storage.book_in.copying import names, stage
from storage.book_in.merging import Merged, Upsert

_TO_PERSON = sql.SQL(" FROM {} s JOIN person p USING (identity_index)")


def save_persons(connection: psycopg.Connection, persons: pl.DataFrame) -> Merged:
    """Upsert persons by ``identity_index`` (binary); the other columns are columns of ``person``.

    ``shard`` is the first byte of the index, so that it follows from the key alone. A new person whose
    ``language`` is not said is taken to speak Spanish.
    """
    stage(connection, "staged_person", persons)
    once = ["shard"] if "language" in persons.columns else ["shard", "language"]
    columns = [column for column in persons.columns if column != "identity_index"]
    source = sql.SQL(
        "SELECT identity_index, {}, get_byte(identity_index, 0){} FROM staged_person ORDER BY identity_index"
    ).format(names(columns), sql.SQL("" if len(once) == 1 else ", 'es'"))
    upsert = Upsert(
        "person",
        ["identity_index"],
        columns,
        source,
        once=once,
        beside={"revision": "person.revision + 1"},
    )
    return upsert.run(connection)


def save_contact_points(connection: psycopg.Connection, points: pl.DataFrame) -> Merged:
    """Upsert contact points by (``identity_index``, ``value_index``).

    A point that proved wrong keeps that status: a file that repeats it does not revive it.
    """
    stage(connection, "staged_contact_point", points)
    columns = [name for name in points.columns if name not in ("identity_index", "value_index")]
    source = sql.SQL("SELECT p.id, s.value_index, {}{} ORDER BY p.shard, p.id").format(
        names(columns, "s"), _TO_PERSON.format(sql.Identifier("staged_contact_point"))
    )
    return Upsert("contact_point", ["person_id", "value_index"], columns, source).run(connection)


def save_consents(connection: psycopg.Connection, consents: pl.DataFrame) -> Merged:
    """Upsert consents by (``identity_index``, ``channel``) with ``state``, ``source`` and ``at``.

    The latest word of a person wins; an older one changes nothing.
    """
    stage(connection, "staged_consent", consents)
    source = sql.SQL(
        "SELECT DISTINCT ON (p.id, s.channel) p.id, s.channel, s.state, s.source, s.at{}"
        " LEFT JOIN consent c ON c.person_id = p.id AND c.channel = s.channel"
        " WHERE c.at IS NULL OR c.at < s.at ORDER BY p.id, s.channel, s.at DESC"
    ).format(_TO_PERSON.format(sql.Identifier("staged_consent")))
    return Upsert("consent", ["person_id", "channel"], ["state", "source", "at"], source).run(connection)


def refresh_channels(connection: psycopg.Connection, people: pl.Series) -> int:
    """Recompute the channel bit sets of persons after their points or consents were saved.

    ``people`` are identity indexes (binary); returns how many persons changed. Bit *code* of a set is
    that channel. A person who denied every channel is opted out altogether.
    """
    stage(connection, "staged_touched", pl.DataFrame({"identity_index": people.unique()}))
    return connection.execute(_REFRESH).rowcount


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
