"""Give a machine a key, and take it back: the secret is shown once, its scopes and its end are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.access.caller import EVERYWHERE
from api.access.keys import make_key
from api.access.roles import expect_permissions
from api.clock import Clock, system_now
from engine.errors import AccessError
from storage import access
from storage.database import Database
from storage.ledger import append_line

LONGEST_DAYS = 730

PEOPLE_ONLY = frozenset(
    {
        "strategy.approve",
        "template.approve",
        "policy.approve",
        "bulk.approve",
        "plan.approve",
        "stop.resume",
        "user.edit",
    }
)
"""What a second person does, and what makes persons: no machine may."""


@dataclass(frozen=True)
class GivenKey:
    """A key at the only moment its text is known."""

    prefix: str
    text: str
    expires_at: datetime


def give_key(
    database: Database,
    clock: Clock,
    *,
    label: str,
    scopes: Sequence[str],
    portfolio_id: int | None,
    days: int,
    by: str,
) -> GivenKey:
    """A key with these permissions in one portfolio (``None``: all), that ends after so many days."""
    wanted = sorted(expect_permissions(scopes))
    if not wanted:
        raise AccessError("a key without scopes opens nothing", place="scopes", code="key.scopes")
    if PEOPLE_ONLY & set(wanted):
        raise AccessError(
            f"only a person may: {', '.join(sorted(PEOPLE_ONLY & set(wanted)))}",
            place="scopes",
            code="key.people_only",
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise AccessError(f"a key lasts 1 to {LONGEST_DAYS} days", place="days", code="key.days")
    key = make_key()
    expires_at = system_now().replace(microsecond=0) + timedelta(days=days)
    with database.connection() as connection:
        access.add_key(
            connection,
            prefix=key.prefix,
            digest=key.digest,
            label=label,
            scopes=wanted,
            portfolio_id=portfolio_id or EVERYWHERE,
            by=by,
            expires_at=expires_at,
        )
        body = {"label": label, "scopes": wanted, "portfolio_id": portfolio_id, "by": by}
        append_line(
            connection, clock.now(), "key.given", f"key:{key.prefix}", body | {"expires_at": str(expires_at)}
        )
    return GivenKey(key.prefix, key.text, expires_at)


def revoke_key(database: Database, clock: Clock, prefix: str, *, by: str) -> None:
    """Shut a key for ever; ``AccessError`` when none of that prefix is open."""
    with database.connection() as connection:
        if not access.revoke_key(connection, prefix, by):
            raise AccessError(f"no key {prefix!r} is open", place=prefix, code="key.unknown")
        append_line(connection, clock.now(), "key.revoked", f"key:{prefix}", {"by": by})
