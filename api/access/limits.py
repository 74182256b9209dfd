"""How often one caller may ask: moving windows, kept in Valkey, or in this process while it is silent."""

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool, RedisError

from api.clock import steady
from engine.errors import AccessError

SILENT_S = 10.0
"""How long Valkey is left alone after it did not answer."""

PATIENCE_S = 0.5

RULES: dict[str, RateLimitItem] = {
    "sign_in": RateLimitItemPerMinute(10),
    "request": RateLimitItemPerSecond(200),
    "what_if": RateLimitItemPerSecond(10),
    "exchange": RateLimitItemPerMinute(1),
    "portal_answer": RateLimitItemPerMinute(6),
    "portal_address": RateLimitItemPerMinute(60),
    "portal_visit": RateLimitItemPerMinute(120),
}
"""What one caller may ask; sign-ins are counted by login and by address, exchanges by their one code,
answers at the portal's identity step by link and by address, visits by session."""


class TooOften(AccessError):
    """A caller who asked too often."""

    code = "access.too_often"


class Limits:
    """Counts what callers ask; safe for threads."""

    def __init__(self, redis_url: str) -> None:
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared = _shared(redis_url) if redis_url else self._own
        self._silent_until = 0.0

    def count(self, rule: str, who: str) -> None:
        """Count one request; ``TooOften`` when the caller's window is full."""
        item = RULES[rule]
        if not self._hit(item, rule, who):
            raise TooOften(
                f"more than {item.amount} in {item.get_expiry()} s", place=rule, hint="wait and ask again"
            )

    def _hit(self, item: RateLimitItem, rule: str, who: str) -> bool:
        if steady() >= self._silent_until:
            try:
                return self._shared.hit(item, rule, who)
            except RedisError:
                self._silent_until = steady() + SILENT_S
        return self._own.hit(item, rule, who)


def _shared(redis_url: str) -> MovingWindowRateLimiter:
    pool = ConnectionPool.from_url(
        redis_url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S, max_connections=64
    )
    return MovingWindowRateLimiter(RedisStorage("redis://", connection_pool=pool))
