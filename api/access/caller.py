"""Who is asking: a user or a machine's key, and what they may do in which portfolio."""

from collections.abc import Mapping
from dataclasses import dataclass

EVERYWHERE = 0
"""The portfolio number of a grant that holds in all of them."""


@dataclass(frozen=True)
class Caller:
    """Someone who was recognised; ``grants`` maps a portfolio's id (0: all) to permissions.

    ``name`` is what the ledger says did something: a login, or ``key:<prefix>``. Two callers are the same
    person when their ``name`` is the same; a key stands for whoever made it (``behind``).
    """

    name: str
    grants: Mapping[int, frozenset[str]]
    user_id: int | None = None
    behind: str = ""
    language: str = "es"

    def may(self, permission: str, portfolio_id: int | None) -> bool:
        """Whether they may, in one portfolio; ``None`` asks for all of them.

        >>> ana = Caller("ana", {3: frozenset({"run.read"})})
        >>> ana.may("run.read", 3), ana.may("run.read", 4), ana.may("run.read", None)
        (True, False, False)
        """
        if permission in self.grants.get(EVERYWHERE, frozenset()):
            return True
        return portfolio_id is not None and permission in self.grants.get(portfolio_id, frozenset())

    def may_somewhere(self, permission: str) -> bool:
        """Whether they may in at least one portfolio."""
        return any(permission in held for held in self.grants.values())

    @property
    def person(self) -> str:
        """The human being behind the caller: two approvals by one person are one."""
        return self.behind or self.name
