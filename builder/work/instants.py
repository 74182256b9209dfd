"""Instants as an agent reads them: the hour today, the day before that, and how long is left."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from builder import figures
from builder.session import Session
from builder.wording import Words

URGENT = timedelta(hours=2)
"""A window with less left than this is shown as about to shut."""


def instant(told: str) -> datetime:
    """An instant as the API tells it."""
    return datetime.fromisoformat(told)


def said(told: str, session: Session) -> str:
    """An instant in the portfolio's zone: the hour, and the day where it is not today."""
    return _said(instant(told), session.now(), session.zone, session.words)


def _said(at: datetime, now: datetime, zone: ZoneInfo, words: Words) -> str:
    """Hour and day of an instant.

    >>> at, bogota = datetime.fromisoformat("2026-11-13T15:04:00+00:00"), ZoneInfo("America/Bogota")
    >>> _said(at, at, bogota, Words("es")), _said(at, at + timedelta(days=1), bogota, Words("es"))
    ('10:04', 'ayer 10:04')
    >>> _said(at, at + timedelta(days=9), bogota, Words("es"))
    '13/11/2026 10:04'
    """
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    hour = f"{local:%H:%M}"
    if local.date() == today:
        return hour
    if local.date() == today - timedelta(days=1):
        return words("ayer {hour}", hour=hour)
    return f"{figures.day(local.date(), words.language)} {hour}"


def span(length: timedelta, words: Words) -> str:
    """A length of time in its two largest units.

    >>> span(timedelta(hours=3, minutes=20), Words("es")), span(timedelta(days=2, hours=5), Words("es"))
    ('3 h 20 min', '2 d 5 h')
    """
    minutes = max(0, int(length.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return words("{days} d {hours} h", days=days, hours=hours)
    if hours:
        return words("{hours} h {minutes} min", hours=hours, minutes=rest)
    return words("{minutes} min", minutes=rest)
