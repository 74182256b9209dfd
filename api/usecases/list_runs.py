"""The latest business dates of a portfolio and how they closed."""

from dataclasses import dataclass
from datetime import date

from storage.database import Database


@dataclass(frozen=True)
class RunLine:
    """One business date in short."""

    day: date
    state: str
    accounts: int
    messages: int

    def document(self) -> dict[str, object]:
        """For machines."""
        return {
            "day": str(self.day),
            "state": self.state,
            "accounts": self.accounts,
            "messages": self.messages,
        }


def list_runs(database: Database, portfolio_key: str, most: int = 60) -> list[RunLine]:
    """The newest first."""
    with database.connection() as connection:
        rows = connection.execute(
            """SELECT r.business_date, r.state, r.accounts, coalesce((r.fuse->>'messages')::int, 0)
               FROM run r JOIN portfolio p ON p.id = r.portfolio_id
               WHERE p.key = %s ORDER BY 1 DESC LIMIT %s""",
            [portfolio_key, most],
        ).fetchall()
    return [RunLine(*row) for row in rows]
