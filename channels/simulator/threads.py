"""What went between us and each person, across channels, put together from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from channels.simulator.ledger import Ledger, Line

FURTHEST = ("", "sent", "delivered", "read")


@dataclass(frozen=True)
class Bubble:
    """One message: ours, or theirs (``is_theirs``). ``state`` is the furthest one told about ours."""

    at: datetime
    channel: str
    address: str
    text: str
    is_theirs: bool = False
    sender: str = ""
    subject: str = ""
    attachment: str = ""
    state: str = ""
    code: str = ""
    provider_id: str = ""
    buttons: Sequence[dict[str, str]] = ()


@dataclass(frozen=True)
class Person:
    """Somebody who received something: a name, if told, the addresses, and the newest message."""

    name: str
    addresses: tuple[str, ...]
    last: Line = field(repr=False)
    received: int = 0


def people(ledger: Ledger, search: str, most: int) -> list[Person]:
    """Who received something, the latest first; ``search`` looks into names and addresses."""
    found: dict[tuple[str, ...], Person] = {}
    for address in ledger.receivers():
        addresses, name = ledger.addresses_of(address), ledger.name_of(address)
        if addresses in found or not _matches(search, name, addresses):
            continue
        received = sum(len(ledger.received_by(each)) for each in addresses)
        found[addresses] = Person(name, addresses, ledger.received_by(address)[-1], received)
        if len(found) == most:
            break
    return list(found.values())


def thread(ledger: Ledger, addresses: Sequence[str]) -> list[Bubble]:
    """Everything between us and the person who has these addresses, oldest first."""
    bubbles = []
    for address in addresses:
        told = ledger.told_about(address)
        bubbles += [_ours(line, told) for line in ledger.received_by(address)]
        replies = {line["provider_id"]: line for line in told if line["state"] == "reply"}
        bubbles += [_theirs(line) for line in replies.values()]
    return sorted(bubbles, key=lambda bubble: bubble.at)


def _matches(search: str, name: str, addresses: Sequence[str]) -> bool:
    return any(search.casefold() in each.casefold() for each in (name, *addresses))


def _ours(line: Line, told: Sequence[Line]) -> Bubble:
    about = [one for one in told if one["provider_id"] == line["provider_id"]]
    failed = [one for one in about if one["state"] == "failed"]
    states = [one["state"] for one in about if one["state"] in FURTHEST]
    return Bubble(
        at=_at(line),
        channel=line["channel"],
        address=line["to"],
        text=line["text"] or " · ".join([f"[{line['template']}]", *line["parameters"]]),
        sender=line["sender"],
        subject=line["subject"],
        attachment=line.get("attachment", ""),
        state="failed" if failed else max(states, key=FURTHEST.index, default=""),
        code=failed[-1]["code"] if failed else "",
        provider_id=line["provider_id"],
        buttons=line.get("buttons", ()),
    )


def _theirs(line: Line) -> Bubble:
    return Bubble(_at(line), line["channel"], line["to"], line["text"], is_theirs=True)


def _at(line: Line) -> datetime:
    return datetime.fromtimestamp(line["business_at"], UTC)
