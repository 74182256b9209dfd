"""The judge: every accepted message on the provider's ledger, held against the diary and the slow law.

It reads neither the service's tables nor its policy: the law is ``tests.engine.contact_policy.reference``,
the control group is hashed here, the rest is counted line by line in the order of acceptance.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from channels.simulator.ledger import Line
from engine.contact_policy import load_packs
from tests.engine.contact_policy.asking import Past
from tests.engine.contact_policy.reference import Law, Wanted
from tests.ledger.diary import Debt, Debtor, Diary
from tests.ledger.templates import Said, read_message

SLOT = ("collection", "reminder", "notice")
GRACE_S = 1.0
"""What was committed this long before a post began must have stopped it (06, R12)."""
TRAVEL_S = 0.5
"""How long a begun post may take to reach the ledger on a busy machine."""
SAYS_NO = {"baja": ("whatsapp", "sms", "email"), "stop": ()}
"""Replies that refuse every channel, or (nothing named) the one they came by."""


@dataclass(frozen=True)
class Delivery:
    """One accepted message, read back."""

    line: Line
    said: Said
    debtor: Debtor
    debts: tuple[Debt, ...]

    @property
    def channel(self) -> str:
        """Its channel's word."""
        return str(self.line["channel"])

    @property
    def business_at(self) -> float:
        """The business second of its acceptance."""
        return float(self.line["business_at"])

    @property
    def known_until(self) -> float:
        """The real second: what was known by then had to be respected."""
        return float(self.line["real_at"]) - GRACE_S - TRAVEL_S

    @property
    def on(self) -> date:
        """The local date of its acceptance, the earliest where zones differ."""
        return min(self.debtor.on(self.business_at))

    def relation(self) -> str:
        """What the addressee is to the first debt listed."""
        first = self.debts[0] if self.debts else None
        if first is None or first.debtor is self.debtor:
            return "titular"
        return first.others.get(self.debtor.id, "third party")


class Judge:
    """Judges one ledger, lines in the order in which the provider wrote them."""

    def __init__(self, diary: Diary, lines: Iterable[Line]) -> None:
        self.diary = diary
        self._hear_replies(lines := list(lines))
        addresses, debts = diary.at_address(), diary.by_digits()
        self.deliveries = [
            Delivery(line, said, addresses[line["to"]], tuple(debts[each] for each in said.digits))
            for line in lines
            if line["kind"] == "accepted"
            for said in [read_message(line)]
        ]

    def faults(self) -> list[str]:
        """Everything that should not have happened, one sentence each; empty when all is well."""
        found = [
            f"{fault}: {delivery.line['channel']} to {delivery.debtor.name} ({delivery.debtor.place.country})"
            f" at {datetime.fromtimestamp(delivery.business_at, ZoneInfo(delivery.debtor.place.zones[0]))}"
            f" about {delivery.said}, message {delivery.line['message_id']}"
            for number, delivery in enumerate(self.deliveries)
            for fault in self._faults_of(delivery, self.deliveries[:number])
        ]
        return [*found, *self._twice(), *self._slots(), *self._unbalanced()]

    def _faults_of(self, delivery: Delivery, before: Sequence[Delivery]) -> Iterator[str]:
        yield from (f"against the law {rule}" for rule in sorted(self._unlawful(delivery, before)))
        yield from self._silent(delivery)
        yield from self._private(delivery)
        if delivery.said.purpose != "notice" and any(self._held_out(debt) for debt in delivery.debts):
            yield "held out"

    def _unlawful(self, delivery: Delivery, before: Sequence[Delivery]) -> set[str]:
        """The rules of the packs that forbade it at the ledger's business time."""
        debtor = delivery.debtor
        portfolio = self._home(delivery)
        packs = load_packs({debtor.place.country, portfolio})
        law = Law(debtor.place, packs, portfolio, tuple(self.diary.special_days))
        wanted = Wanted(
            channel=delivery.channel,
            purpose=delivery.said.purpose,
            relation=delivery.relation(),
            consent=debtor.consents[delivery.channel].at(delivery.known_until),
            reachable=True,
            stops=debtor.stops.at(delivery.known_until),
            subject=0,
            debt=0,
        )
        return law.faults(wanted, self._past(delivery, before), int(delivery.business_at))

    def _home(self, delivery: Delivery) -> str:
        """The country of the portfolio that works the creditor's debts."""
        portfolio = next(d.portfolio for d in self.diary.debts if d.creditor == delivery.said.creditor)
        return self.diary.portfolios[portfolio][0]

    def _past(self, delivery: Delivery, before: Sequence[Delivery]) -> list[Past]:
        """What this creditor and others for it had said to the person before."""
        same = (delivery.debtor.id, delivery.said.creditor)
        ours = [
            Past(each.on.isoformat(), each.channel, subject=0, debt=-1)
            for each in before
            if (each.debtor.id, each.said.creditor) == same and each.said.purpose in SLOT
        ]
        theirs = [
            Past(each.on.isoformat(), each.channel, each.two_way, outside=True, debt=-1)
            for each in self.diary.outside
            if (each.debtor_id, each.creditor) == same and each.told_at <= delivery.known_until
        ]
        return ours + theirs

    def _silent(self, delivery: Delivery) -> Iterator[str]:
        """Debts nobody may be written to about: paid, stopped, disputed or held by then."""
        about = delivery.debts
        if not about:  # a neutral text: at least one debt of theirs must still be a reason
            mine = self.diary.debts_of(delivery.debtor)
            about = tuple(debt for debt in mine if debt.creditor == delivery.said.creditor)
            if all(any(self._why_silent(debt, delivery)) for debt in about):
                yield "nothing left to write about"
            return
        for debt in about:
            yield from (f"{why}, debt {debt.digits}" for why in self._why_silent(debt, delivery))

    def _why_silent(self, debt: Debt, delivery: Delivery) -> Iterator[str]:
        if why := debt.silent.at(delivery.known_until):
            yield why
        zone = ZoneInfo(self.diary.portfolios[debt.portfolio][1])
        today = datetime.fromtimestamp(delivery.business_at, zone).date()
        if any(since <= delivery.known_until and today < until for since, until in debt.held):
            yield "held"

    def _private(self, delivery: Delivery) -> Iterator[str]:
        """Debts only to verified addresses, and only to those who owe them or answer for them."""
        if delivery.debts and not delivery.debtor.verified:
            yield "told to an unverified address"
        for debt in delivery.debts:
            if debt.creditor != delivery.said.creditor:
                yield f"debt {debt.digits} of another creditor"
            if debt.debtor is not delivery.debtor and delivery.debtor.id not in debt.others:
                yield f"debt {debt.digits} of somebody else"
        if any(digits in str(delivery.line["subject"]) for digits in delivery.said.digits):
            yield "told in the subject"

    def _held_out(self, debt: Debt) -> bool:
        group = self.diary.holdouts[debt.creditor]
        protected = bool(debt.debtor.stops.changes[0][1])
        return not protected and growthbook_share(group.seed, str(debt.debtor.id)) < group.share_bp / 10_000

    def _twice(self) -> Iterator[str]:
        times = Counter(str(delivery.line["message_id"]) for delivery in self.deliveries)
        yield from (f"message {key!r} accepted {count} times" for key, count in times.items() if count > 1)

    def _slots(self) -> Iterator[str]:
        """One message a person and date; its fallback may follow: another channel, the same debts."""
        days: dict[tuple[str, date], list[Delivery]] = {}
        for delivery in self.deliveries:
            if delivery.said.purpose in SLOT:
                days.setdefault((delivery.debtor.name, delivery.on), []).append(delivery)
        for (name, on), several in days.items():
            first = [each for each in several if not each.said.fallback]
            legs = [each for each in several if each.said.fallback]
            if len(first) > 1 or len(legs) > 1:
                yield f"{name} got {len(several)} messages on {on}"
            elif first and legs and (wrong := _unlike(first[0], legs[0])):
                yield f"{name} got a fallback on {on} {wrong}"

    def _unbalanced(self) -> Iterator[str]:
        for closing in self.diary.closings:
            accounts = sum(debt.portfolio == closing.portfolio for debt in self.diary.debts)
            if closing.state != "closed" or closing.counted != accounts:
                yield f"{closing}: the portfolio has {accounts} accounts"

    def _hear_replies(self, lines: Iterable[Line]) -> None:
        """A refusing reply counts from the moment the service answered the provider that it has it."""
        addresses = self.diary.at_address()
        for line in lines:
            refused = SAYS_NO.get(str(line.get("text", "")).casefold())
            if line["kind"] == "webhook" and line["state"] == "reply" and refused is not None:
                for channel in (refused or (line["channel"],)) if line["outcome"] == "200" else ():
                    addresses[line["to"]].consents[channel].becomes("denied", line["real_at"])


def _unlike(first: Delivery, leg: Delivery) -> str:
    """What of a fallback does not belong to the first message of its date; empty when it does."""
    if leg.channel == first.channel:
        return "by the same channel"
    if (leg.said.creditor, leg.said.purpose) != (first.said.creditor, first.said.purpose):
        return "of another creditor or purpose"
    if first.said.digits and not set(leg.said.digits) <= set(first.said.digits):
        return "about other debts"
    return "" if leg.business_at >= first.business_at else "before it"


def growthbook_share(seed: str, unit: str) -> float:
    """GrowthBook hash v2, written down a second time."""

    def fnv(text: str) -> int:
        value = 0x811C9DC5
        for octet in text.encode():
            value = ((value ^ octet) * 0x01000193) & 0xFFFFFFFF
        return value

    return fnv(str(fnv(seed + unit))) % 10_000 / 10_000
