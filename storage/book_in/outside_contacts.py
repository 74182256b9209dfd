"""Contacts made by others (dialer, branch, agency, core), counted once per source and reference."""

from datetime import date

import polars as pl
import psycopg

from storage.book_in.merging import Merged
from storage.copying import stage


def save_outside_contacts(
    connection: psycopg.Connection, portfolio_id: int, contacts: pl.DataFrame, as_of: date
) -> Merged:
    """Insert the contacts not yet known and bring the last contact of their persons up to date.

    ``contacts`` has ``identity_index``, ``creditor_id``, ``account`` (number or null), ``channel``,
    ``at`` (UTC), ``two_way``, ``by``, ``result``, ``source`` and ``reference``. The local date is the
    person's; of several candidate zones the first counts.
    """
    stage(connection, "staged_contact", contacts)
    row = connection.execute(_INSERT, {"portfolio": portfolio_id, "as_of": as_of}).fetchone()
    assert row is not None
    return Merged(inserted=row[0])


_INSERT = """
WITH fresh AS (
    INSERT INTO outside_contact (person_id, creditor_id, account_id, channel, at, local_on, two_way,
                                 by, result, source, reference, shard)
    SELECT p.id, s.creditor_id, a.id, s.channel, s.at, (s.at AT TIME ZONE place.zones[1])::date, s.two_way,
           s.by, s.result, s.source, s.reference, p.shard
    FROM staged_contact s JOIN person p USING (identity_index) JOIN place ON place.id = p.place_id
    LEFT JOIN account a ON a.number = s.account AND a.portfolio_id = %(portfolio)s
    ORDER BY p.shard, p.id, s.at
    ON CONFLICT (source, reference) DO NOTHING RETURNING person_id, local_on),
by_person AS (
    SELECT person_id, max(local_on) AS last_on,
           count(*) FILTER (WHERE local_on > %(as_of)s::date - 7 AND local_on <= %(as_of)s::date) AS recent
    FROM fresh GROUP BY person_id),
told AS (
    UPDATE person SET last_contact_on = greatest(last_contact_on, last_on),
                      contacts_7d = contacts_7d + recent, revision = revision + 1
    FROM by_person WHERE person.id = person_id)
SELECT count(*) FROM fresh
"""
