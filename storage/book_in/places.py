"""The places of debtors: one row per country, subdivision and set of candidate time zones."""

from collections.abc import Iterable

import psycopg

Place = tuple[str, str, tuple[str, ...]]
"""Country, subdivision (empty when unknown) and candidate zones in alphabetical order."""


def place_ids(connection: psycopg.Connection, places: Iterable[Place]) -> dict[Place, int]:
    """The id of each place; rows are made for those not yet known."""
    wanted = sorted({(country, part, tuple(sorted(zones))) for country, part, zones in places})
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO place (country, subdivision, zones) SELECT %s, %s, %s WHERE NOT EXISTS"
            " (SELECT 1 FROM place WHERE (country, subdivision, zones) = (%s, %s, %s))"
            " ON CONFLICT DO NOTHING",
            [(c, s, list(z), c, s, list(z)) for c, s, z in wanted],
        )
    rows = connection.execute("SELECT id, country, subdivision, zones FROM place").fetchall()
    by_place = {(country, part, tuple(zones)): number for number, country, part, zones in rows}
    return {place: by_place[place] for place in wanted}
