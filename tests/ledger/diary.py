"""What a test itself did to its world, and when: all the judge knows beside the provider's ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from engine.contact_policy import Place, SpecialDay

T = TypeVar("T")


@dataclass
class Since(Generic[T]):
    """A value and its changes, each with the real second from which on everybody could know it."""

    changes: list[tuple[float, T]]

    @classmethod
    def ever(cls, value: T) -> "Since[T]":
        """A value that was there before anything began."""
        return cls([(float("-inf"), value)])

    def becomes(self, value: T, real_at: float) -> None:
        """From now on another value."""
        self.changes.append((real_at, value))

    def at(self, real_at: float) -> T:
        """The value that was known at a real second."""
        known = [change for change in self.changes if change[0] <= real_at]
        return max(known, key=lambda change: change[0])[1]


@dataclass
class Debtor:
    """A person: where they may be, how they are reached, and what they said about it.

    ``consents`` holds granted, unknown or denied by channel word; ``stops`` words of the closed list.
    """

    id: int
    name: str
    place: Place
    phone: str
    email: str
    verified: bool
    consents: dict[str, Since[str]]
    stops: Since[frozenset[str]]

    def on(self, business_at: float) -> set[date]:
        """The local dates it may be where the person is."""
        return {datetime.fromtimestamp(business_at, ZoneInfo(zone)).date() for zone in self.place.zones}


@dataclass
class Debt:
    """An account by the four digits messages name it with.

    ``silent`` is why nobody may be written to about it (paid, stopped, disputed), empty while they may;
    ``held`` are holds: (known since, first date without it). ``others`` are co-debtors by person id.
    """

    digits: str
    account_id: int
    debtor: Debtor
    creditor: str
    portfolio: str
    silent: Since[str] = field(default_factory=lambda: Since.ever(""))
    held: list[tuple[float, date]] = field(default_factory=list)
    others: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outside:
    """A contact somebody else made, and the real second from which on it was told."""

    debtor_id: int
    creditor: str
    channel: str
    on: date
    two_way: bool
    told_at: float


@dataclass(frozen=True)
class Holdout:
    """A creditor's control group."""

    seed: str
    share_bp: int


@dataclass(frozen=True)
class Closing:
    """One business date as the service closed it: its state, and how many accounts its buckets hold."""

    portfolio: str
    day: date
    state: str
    counted: int


@dataclass
class Diary:
    """The whole record of one world."""

    debtors: list[Debtor] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    special_days: list[SpecialDay] = field(default_factory=list)
    holdouts: dict[str, Holdout] = field(default_factory=dict)
    portfolios: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Country and time zone of each portfolio by key."""
    closings: list[Closing] = field(default_factory=list)

    def at_address(self) -> Mapping[str, Debtor]:
        """Everybody by phone and by mailbox."""
        return {address: each for each in self.debtors for address in (each.phone, each.email)}

    def by_digits(self) -> Mapping[str, Debt]:
        """Every debt by its four digits."""
        return {debt.digits: debt for debt in self.debts}

    def debts_of(self, debtor: Debtor) -> list[Debt]:
        """The debts a person owes."""
        return [debt for debt in self.debts if debt.debtor is debtor]
