"""Gives a person's link to the portal to whoever may ask for it, and shuts the older ones on request."""

from dataclasses import dataclass
from datetime import datetime

from api.clock import Clock
from channels.portal_link import PortalLinks
from engine.errors import BookError
from storage import portal
from storage.account_history import account_head
from storage.database import Database
from storage.ledger import append_line
from storage.person_lock import lock_persons


@dataclass(frozen=True)
class GivenLink:
    """An address, and when it was made: to the minute, the same person has the same one."""

    address: str
    made_at: datetime


def give_portal_link(
    database: Database,
    clock: Clock,
    links: PortalLinks,
    portfolio_key: str,
    number: str,
    *,
    by: str,
    replace: bool = False,
) -> GivenLink:
    """The link of an account's person; ``replace`` shuts every older one and unlocks the identity step."""
    now = clock.now()
    minute = now.replace(second=0, microsecond=0)
    with database.connection() as connection:
        account = account_head(connection, portfolio_key, number)
        if account is None:
            raise BookError(
                f"{portfolio_key} no tiene la cuenta «{number}»", place=number, code="account.unknown"
            )
        lock_persons(connection, [account.person_id])
        if replace:
            portal.supersede(connection, account.person_id, account.creditor_id, minute)
        told = {"by": by, "creditor": account.creditor_id, "replaced": replace}
        append_line(connection, now, "portal.link_given", f"person:{account.person_id}", told)
    return GivenLink(links.address(account.person_id, account.creditor_id, now), minute)
