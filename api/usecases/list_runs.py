"""The latest business dates of a portfolio and how they closed."""

from dataclasses import dataclass
from datetime import date

from api.usecases.run_day import find_portfolio
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
    """The newest first; ``RunError`` when there is no such portfolio."""
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT business_date, state, accounts, coalesce((fuse->>'messages')::int, 0) FROM run"
            " WHERE portfolio_id = %s ORDER BY 1 DESC LIMIT %s",
            [find_portfolio(connection, portfolio_key).id, most],
        ).fetchall()
    return [RunLine(*row) for row in rows]
