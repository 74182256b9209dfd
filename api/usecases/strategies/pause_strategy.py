"""Pause a strategy: nobody enters or moves, nothing goes out, nobody is lost (03, point 15)."""

from api.clock import BusinessClock
from engine.errors import StrategyError
from storage import runs
from storage.database import Database
from storage.ledger import append_line
from storage.person_lock import own_shards
from storage.relocating import withdraw_strategy
from storage.versions import find_strategy

PAUSED = "paused"


def pause_strategy(database: Database, portfolio_key: str, strategy_key: str, *, by: str) -> int:
    """Pause; what is queued is withdrawn and will be decided again. How many messages.

    ``StrategyError`` when it is paused already.
    """
    clock = BusinessClock(database)
    with database.connection() as connection:
        own_shards(connection, range(runs.SHARDS))
        strategy = find_strategy(connection, portfolio_key, strategy_key)
        if strategy.paused:
            raise StrategyError("the strategy is paused already", place=strategy_key, code="strategy.paused")
        connection.execute("UPDATE strategy SET paused = true WHERE id = %s", [strategy.id])
        now = clock.now()
        withdrawn = withdraw_strategy(connection, strategy.id, PAUSED, now)
        day = runs.newest(connection, strategy.portfolio_id) or now.date()
        body = {"strategy_id": strategy.id, "day": day.isoformat(), "by": by, "withdrawn": withdrawn}
        append_line(connection, now, "strategy.paused", f"strategy:{strategy_key}", body)
    return withdrawn
