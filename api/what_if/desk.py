"""A contact desk that asks the law once per channel, purpose and addressee, for the whole book."""

from dataclasses import fields
from typing import Any

import numpy as np

from engine.book import Rows
from engine.contact_policy import Verdicts
from engine.contacts import Answer, ContactDesk
from engine.strategy.nodes.base import Wish
from engine.vocabulary import Channel, Purpose, Relation

Asked = tuple[Channel, Purpose, Relation]


class RememberingDesk(ContactDesk):
    """Gives the same answers as its parent: what the law says of an account does not hang on the node.

    Only as long as people, contacts and date are the same; a book that is read anew has a new desk.
    """

    def ask(self, accounts: Rows, wish: Wish) -> Answer:
        """The answers of the rows, out of those of the whole book."""
        whole = self._whole((wish.channel, wish.purpose, wish.to), wish)
        verdicts = _rows(whole, accounts)
        people = self.people[wish.to]
        send_at = self._send_at(accounts, verdicts, wish)
        return Answer(verdicts, people.person_id[accounts], send_at)

    def _whole(self, asked: Asked, wish: Wish) -> Verdicts:
        known: dict[Asked, Verdicts] = self.__dict__.setdefault("_remembered", {})
        if asked not in known:
            everyone = np.arange(len(self.people[wish.to].person_id))
            known[asked] = super().ask(everyone, wish).verdicts
        return known[asked]


def _rows(whole: Verdicts, rows: Rows) -> Verdicts:
    """The verdicts of some rows."""
    columns: dict[str, Any] = {
        field.name: value[rows] if isinstance(value := getattr(whole, field.name), np.ndarray) else value
        for field in fields(whole)
    }
    return Verdicts(**columns)
