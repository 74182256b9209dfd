"""Learn at which hour each person answers, before a date opens: its messages go out by it."""

from datetime import date

from storage import person_hours
from storage.database import Database


def learn_hours(database: Database, day: date) -> int:
    """Learn as of a date; how many persons read or wrote since. The same date again changes nothing."""
    with database.connection() as connection:
        return person_hours.learn(connection, day)
