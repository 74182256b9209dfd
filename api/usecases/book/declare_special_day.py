"""Declares a date that is like no other in a country or region: mourning, disaster, election, holiday."""

from dataclasses import dataclass
from datetime import date
from typing import get_args

from api.clock import Clock
from engine.contact_policy.rules import SpecialDayKind
from engine.errors import BookError
from storage.database import Database
from storage.ledger import append_line


@dataclass(frozen=True)
class Declared:
    """A special day as somebody declares it; without a region it is the whole country's."""

    country: str
    day: date
    kind: str
    reason: str
    by: str
    region: str = ""


def declare_special_day(database: Database, clock: Clock, declared: Declared) -> bool:
    """Write a special day; ``False`` when it was already known as that. What it closes is the law's.

    It binds from the next evaluation on, and the guard of what is queued. ``BookError`` for a kind nobody
    knows.
    """
    kinds = get_args(SpecialDayKind)
    if declared.kind not in kinds:
        raise BookError(
            f"no existe la clase de día «{declared.kind}»",
            place="--kind",
            hint=", ".join(kinds),
            code="special_day.kind",
        )
    country, region = declared.country.strip().upper(), declared.region.strip().upper()
    with database.connection() as connection:
        changed = connection.execute(
            "INSERT INTO special_day (country, subdivision, day, kind, reason) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (country, subdivision, day) DO UPDATE SET kind = excluded.kind,"
            " reason = excluded.reason WHERE (special_day.kind, special_day.reason)"
            " <> (excluded.kind, excluded.reason)",
            [country, region, declared.day, declared.kind, declared.reason],
        ).rowcount
        if changed:
            body = {"kind": declared.kind, "reason": declared.reason, "by": declared.by}
            subject = f"special_day:{country}{'-' + region if region else ''}:{declared.day}"
            append_line(connection, clock.now(), "special_day.declared", subject, body)
    return bool(changed)
