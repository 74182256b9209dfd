"""Puts into the inbox what adapters of ours hear themselves: returned mail over LMTP, receipts over SMPP."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from api.clock import Clock
from api.inbox.sources import MAIL, of_told
from channels.mail_in import read_mail
from channels.port import InboundReply, StatusUpdate, Webhook
from storage.database import Database
from storage.held_connection import HeldConnection
from storage.inbox import store


class Told:
    """Writes what was told before its teller is answered; ``ServiceError`` lets it be told again."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._connection = HeldConnection(database)
        self._clock = clock

    def hear(self, source: str, items: Sequence[Webhook]) -> int:
        """Store the items of one source; how many were new."""
        now = self._clock.now()
        dated = [replace(item, at=now.timestamp()) if _is_undated(item) else item for item in items]
        with self._connection.transaction() as connection:
            return store(connection, of_told(source, dated, now))

    def hear_mail(self, raw: bytes, returned_to: str) -> None:
        """Read one mail and store what it tells."""
        self.hear(MAIL, read_mail(raw, returned_to, self._clock.now().timestamp()))

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def _is_undated(item: Webhook) -> TypeGuard[StatusUpdate | InboundReply]:
    """What says no time of its own happened when it came in."""
    return isinstance(item, StatusUpdate | InboundReply) and item.at == 0
