"""The contact law of each portfolio, made ready for every place in the book."""

from dataclasses import dataclass

import psycopg

from engine.contact_policy import ContactPolicy, Place, SpecialDay, load_packs, pack_keys
from engine.contact_policy.rules import CapRule, ChannelLockRule, GapRule

WEEK = 7


@dataclass(frozen=True)
class Law:
    """The policy of one portfolio, the index of each place in it, and how far its counts reach."""

    policy: ContactPolicy
    places: dict[int, int]
    reach_days: int


def read_law(connection: psycopg.Connection, portfolio_id: int) -> Law:
    """Build the law of a portfolio from its country, the places and the special days in the database."""
    country, settings = _portfolio(connection, portfolio_id)
    rows = connection.execute("SELECT id, country, subdivision, zones FROM place ORDER BY id").fetchall()
    places = [Place(row[1], row[2] or None, tuple(row[3])) for row in rows]
    wanted = {place.country for place in places} | {country}
    confirmed = [str(key) for key in settings.get("confirmed_packs", [])]
    packs = load_packs(sorted(key for key in wanted if key in pack_keys()))
    usable = {key: pack for key, pack in packs.items() if pack.status != "draft" or key in confirmed}
    policy = ContactPolicy(
        usable,
        places,
        portfolio_country=country,
        special_days=_special_days(connection),
        confirmed_drafts=confirmed,
    )
    return Law(policy, {row[0]: index for index, row in enumerate(rows)}, _reach(policy))


def _portfolio(connection: psycopg.Connection, portfolio_id: int) -> tuple[str, dict[str, list[object]]]:
    row = connection.execute(
        "SELECT country, settings FROM portfolio WHERE id = %s", [portfolio_id]
    ).fetchone()
    assert row is not None, f"portfolio {portfolio_id} of a message is gone"
    return row[0], row[1]


def _special_days(connection: psycopg.Connection) -> list[SpecialDay]:
    rows = connection.execute("SELECT country, subdivision, day, kind, reason FROM special_day").fetchall()
    return [SpecialDay(country, sub or None, day, kind, reason) for country, sub, day, kind, reason in rows]


def _reach(policy: ContactPolicy) -> int:
    """The longest stretch of days any counting rule looks over."""
    days = [WEEK]
    for pack in policy.packs.values():
        for rule in pack.rules:
            if isinstance(rule, CapRule):
                days.append(rule.days or 0)
            elif isinstance(rule, GapRule):
                days.append(rule.days_apart)
            elif isinstance(rule, ChannelLockRule):
                days.append(WEEK)
    return max(days)
