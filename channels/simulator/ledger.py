"""The provider's own ledger: one line per acceptance, refusal and webhook, written through at once.

It is the judge of every reliability test, so it never looks at the service's tables. Lines are JSON
objects with ``kind`` accepted, refused or webhook, stamped ``real_at`` and ``business_at`` (epoch s);
``person`` lines say whose addresses are whose, ``said`` lines what people answered by hand. What the file
holds when it is opened is known again.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import orjson

Line = dict[str, Any]
WEBHOOKS_IN_MEMORY = 100_000


class Ledger:
    """Acceptances kept in memory, every line appended to a file before the provider answers."""

    def __init__(self, path: Path | None = None) -> None:
        self._accepted: list[bytes] = []
        self._recent_webhooks: deque[bytes] = deque(maxlen=WEBHOOKS_IN_MEMORY)
        self._by_person: dict[str, list[int]] = {}
        self._times_accepted: Counter[str] = Counter()
        self._by_channel: Counter[str] = Counter()
        self._by_sender: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._webhooks: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._said: dict[str, list[Line]] = {}
        self._file: BinaryIO | None = None
        if path:
            self._recall(path)
            self._file = path.open("ab", buffering=0)

    def accept(self, line: Mapping[str, object]) -> None:
        """Record one acceptance: the message will reach its person, whatever the answer says."""
        raw = orjson.dumps({"kind": "accepted", "n": len(self._accepted), **line})
        self._write(raw + b"\n")
        self._know_accepted(raw, line)

    def know(self, name: str, addresses: Sequence[str]) -> None:
        """These addresses are one person's, of this name."""
        self._write(orjson.dumps({"kind": "person", "name": name, "addresses": addresses}) + b"\n")
        self._know_person(name, addresses)

    def said(self, line: Mapping[str, object]) -> None:
        """Record what somebody wrote; the webhook that tells us follows."""
        self._write(orjson.dumps({"kind": "said", **line}) + b"\n")
        self._said.setdefault(str(line["to"]), []).append(dict(line))

    def _know_person(self, name: str, addresses: Sequence[str]) -> None:
        for address in addresses:
            self._names[address], self._addresses[address] = name, tuple(addresses)

    def _know_accepted(self, raw: bytes, line: Mapping[str, object]) -> None:
        self._by_person.setdefault(str(line["to"]), []).append(len(self._accepted))
        self._accepted.append(raw)
        self._times_accepted[str(line["message_id"])] += 1
        self._by_channel[str(line["channel"])] += 1
        self._by_sender[str(line["sender"])] += 1

    def refuse(self, line: Mapping[str, object]) -> None:
        """Record one refusal: nobody will receive it."""
        self._write(orjson.dumps({"kind": "refused", **line}) + b"\n")
        self._know_refused(line)

    def _know_refused(self, line: Mapping[str, object]) -> None:
        self._refusals[f"{line['status']}/{line['code']}" if line["code"] else str(line["status"])] += 1

    def webhooks(self, lines: Iterable[Mapping[str, object]]) -> None:
        """Record webhook items as they were posted, one line each."""
        raws = []
        for line in lines:
            raws.append(orjson.dumps({"kind": "webhook", **line}))
            self._webhooks[str(line["state"])] += 1
        self._recent_webhooks.extend(raws)
        self._write(b"".join(raw + b"\n" for raw in raws))

    def accepted_since(self, n: int) -> list[bytes]:
        """Acceptance lines number ``n`` and later, as JSON."""
        return self._accepted[n:]

    def recent_webhooks(self) -> list[bytes]:
        """The last webhook lines, as JSON; the file has all of them."""
        return list(self._recent_webhooks)

    def received_by(self, address: str) -> list[Line]:
        """What one address received, oldest first."""
        return [orjson.loads(self._accepted[n]) for n in self._by_person.get(address, [])]

    def told_about(self, address: str) -> list[Line]:
        """What was said from an address, and the recent webhook lines about it, oldest first."""
        needle = orjson.dumps(address)
        lines = (orjson.loads(raw) for raw in self._recent_webhooks if needle in raw)
        return [*self._said.get(address, ()), *(line for line in lines if line["to"] == address)]

    def receivers(self) -> list[str]:
        """Every address that received something, who did last first."""
        return sorted(self._by_person, key=lambda address: -self._by_person[address][-1])

    def name_of(self, address: str) -> str:
        """Whose address it is; empty when nobody said."""
        return self._names.get(address, "")

    def addresses_of(self, address: str) -> tuple[str, ...]:
        """Every address of the person who has this one."""
        return self._addresses.get(address, (address,))

    def times_accepted(self, message_id: str) -> int:
        """How often one of our messages was accepted; more than once is a duplicate."""
        return self._times_accepted[message_id]

    def summary(self) -> Line:
        """Counts and every message id accepted more than once (messages without id are not judged)."""
        twice = {key: n for key, n in self._times_accepted.items() if n > 1 and key}
        return {
            "accepted": len(self._accepted),
            "messages": len(self._times_accepted),
            "duplicates": twice,
            "extra_acceptances": sum(twice.values()) - len(twice),
            "without_message_id": self._times_accepted.get("", 0),
            "by_channel": dict(self._by_channel),
            "by_sender": dict(self._by_sender),
            "refused": dict(self._refusals),
            "webhooks": dict(self._webhooks),
        }

    def close(self) -> None:
        """Close the file; counts stay readable."""
        if self._file:
            self._file.close()
            self._file = None

    def _recall(self, path: Path) -> None:
        """Know again what an earlier process wrote; a line its crash tore is cut off."""
        if not path.exists():
            return
        whole = path.read_bytes().rpartition(b"\n")
        if whole[2]:
            with path.open("r+b") as file:
                file.truncate(len(whole[0]) + len(whole[1]))
        for raw in filter(None, whole[0].split(b"\n")):
            line = orjson.loads(raw)
            match line["kind"]:
                case "accepted":
                    self._know_accepted(raw, line)
                case "refused":
                    self._know_refused(line)
                case "webhook":
                    self._webhooks[str(line["state"])] += 1
                    self._recent_webhooks.append(raw)
                case "said":
                    self._said.setdefault(line["to"], []).append(line)
                case "person":
                    self._know_person(line["name"], line["addresses"])

    def _write(self, raw: bytes) -> None:
        if self._file and raw:
            self._file.write(raw)


def read_ledger(path: Path, *kinds: str) -> list[Line]:
    """Lines of a ledger file in order, of the given kinds or all; a line torn by a crash is left out.

    Only the last line can be torn; a broken line before it raises ``orjson.JSONDecodeError``.
    """
    whole, _, _torn = path.read_bytes().rpartition(b"\n")
    lines = [orjson.loads(raw) for raw in whole.split(b"\n") if raw]
    return [line for line in lines if not kinds or line["kind"] in kinds]


def busiest_second(lines: Iterable[Line]) -> dict[str, int]:
    """The most posts any sliding real second saw, per sender: the rate a number really ran at."""
    windows: dict[str, deque[float]] = {}
    most: Counter[str] = Counter()
    for line in sorted(lines, key=lambda line: float(line["real_at"])):
        window = windows.setdefault(line["sender"], deque())
        window.append(line["real_at"])
        while window[0] <= line["real_at"] - 1.0:
            window.popleft()
        most[line["sender"]] = max(most[line["sender"]], len(window))
    return dict(most)
