"""The latest business dates of a portfolio and how they closed."""

from dataclasses import dataclass
from datetime import date

from api.usecases.book.find_portfolio import find_portfolio
from api.usecases.day.close_deliveries import Delivered
from storage.database import Database


@dataclass(frozen=True)
class RunLine:
    """One business date in short; ``delivery`` is its second close, once there is one."""

    day: date
    state: str
    accounts: int
    messages: int
    delivery: dict[str, int] | None = None

    @property
    def delivered(self) -> Delivered | None:
        """The second close."""
        told = self.delivery
        return None if told is None else Delivered(**{name: told[name] for name in Delivered.__match_args__})

    def document(self) -> dict[str, object]:
        """For machines."""
        return {
            "day": str(self.day),
            "state": self.state,
            "accounts": self.accounts,
            "messages": self.messages,
            "delivery": self.delivery,
        }


def list_runs(database: Database, portfolio_key: str, most: int = 60) -> list[RunLine]:
    """The newest first; ``RunError`` when there is no such portfolio."""
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT business_date, state, accounts, coalesce((fuse->>'messages')::int, 0), delivery"
            " FROM run"
            " WHERE portfolio_id = %s ORDER BY 1 DESC LIMIT %s",
            [find_portfolio(connection, portfolio_key).id, most],
        ).fetchall()
    return [RunLine(*row) for row in rows]
