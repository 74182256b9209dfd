"""What a dashboard is asked for: a portfolio and period, and where wanted one strategy or channel."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.vocabulary import Channel


@dataclass(frozen=True)
class Asked:
    """Both dates are included and are dates of the portfolio's place."""

    portfolio_id: int
    since: date
    until: date
    strategy: str | None = None
    channel: Channel | None = None

    def values(self, **more: Any) -> dict[str, Any]:
        """The parameters of a query of this package."""
        return {
            "portfolio": self.portfolio_id,
            "since": self.since,
            "until": self.until,
            "strategy": self.strategy,
            "channel": None if self.channel is None else int(self.channel),
            **more,
        }
