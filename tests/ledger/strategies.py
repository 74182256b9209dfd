"""Strategies of a random small shape: messages, waits, decisions, notices, tests, blocked paths, circles."""

from random import Random
from typing import Any

from engine.strategy.nodes.channel import REPORTED
from tests.acceptance.paths import choose, end, enter, path, send, split, wait, wait_for, wait_until
from tests.ledger.templates import CHANNELS, FALLBACK, VARIANTS, key_of

Node = dict[str, Any]
EVENTS = ("reply", "payment", "delivered", "read", "failed")


def draw_strategy(chance: Random, key: str) -> str:
    """A document; not every one can be published, and the service says which."""
    nodes: list[Node] = [_entry(chance)]
    if chance.random() < 0.3:
        nodes.append(_notice(chance))
    messages = chance.randint(2, 4)
    for number in range(messages):
        nodes.append(_message(chance, number))
        if number < messages - 1:
            nodes.extend(_between(chance, number))
    nodes.extend(_ending(chance))
    return path(key, *nodes)


def plain_strategy(key: str) -> str:
    """The shape that can always be published."""
    return path(key, enter(), send(key_of("collection", "whatsapp"), id="envio-0", defer=5), end())


def _entry(chance: Random) -> Node:
    re_entry = {"rule": "after_days", "days": 1} if chance.random() < 0.7 else {"rule": "new_episode"}
    late = {"fact": "days_past_due", "op": ">=", "value": chance.choice((1, 1, 10, 30))}
    kept_out = {"all": [late, {"fact": "protected", "op": "is", "value": False}]}
    when = chance.choice((late, kept_out))  # a strategy with a test must keep protected persons out
    return enter(when, priority=chance.randint(1, 500), re_entry=re_entry)


def _message(chance: Random, number: int) -> Node:
    channel = chance.choice(CHANNELS)
    purpose = chance.choices(("collection", "reminder", "confirmation"), (8, 2, 1))[0]
    variants = VARIANTS if chance.random() < 0.3 else VARIANTS[:1]
    options: dict[str, Any] = {
        "send_at": chance.choice(("window_start", "window_start", "best_hour", "10:30"))
    }
    if chance.random() < 0.2:
        options["to"] = "codeudor"
    if chance.random() < 0.3:
        options["blocked"] = "fin"
    if chance.random() < 0.5:
        options["fallback"] = _fallback(chance, purpose, channel)
    return send(
        *(key_of(purpose, channel, variant) for variant in variants),
        id=f"envio-{number}",
        channel=channel,
        purpose=purpose,
        defer=chance.choice((0, 1, 3, 10)),
        priority=chance.randint(1, 900),
        **options,
    )


def _fallback(chance: Random, purpose: str, channel: str) -> Node:
    other = chance.choice([each for each in CHANNELS if each != channel])
    on = chance.choice(sorted(REPORTED[channel]))  # type: ignore[index]
    return {
        "on": on, "channel": other, "template": key_of(purpose, other, FALLBACK),
        "hours": chance.choice((1, 4, 24)),
    }  # fmt: skip


def _notice(chance: Random) -> Node:
    channel = chance.choice(CHANNELS)
    return {
        "id": "aviso",
        "kind": "notice",
        "notice": "arrears",
        "channel": channel,
        "template": key_of("notice", channel),
        "proof_days": chance.randint(1, 3),
    }


def _between(chance: Random, number: int) -> list[Node]:
    kind = chance.choice(("none", "days", "event", "weekday", "choice", "split", "lawful"))
    name, following = f"entre-{number}", f"envio-{number + 1}"
    if kind == "none":
        return []
    if kind == "days":
        return [wait(chance.randint(0, 2), id=name, business=chance.random() < 0.4)]
    if kind == "event":
        return [wait_for(*chance.sample(EVENTS, 2), days=chance.randint(1, 2), id=name)]
    if kind == "weekday":
        return [wait_until("weekday", id=name, weekday=chance.choice(("monday", "saturday", "sunday")))]
    if kind == "lawful":
        return [wait_until("lawful_window", id=name, channel=chance.choice(CHANNELS))]
    if kind == "choice":
        rich = {"fact": "amount_to_cure", "op": ">=", "value": chance.choice((50_000, 150_000))}
        return [choose(name, grande=(rich, following)), wait(1, id=f"{name}-pausa")]
    return [split(name, campeon=(60, following), retador=(40, f"{name}-pausa")), wait(1, id=f"{name}-pausa")]


def _ending(chance: Random) -> list[Node]:
    """The end, or a circle that comes back for more."""
    if chance.random() < 0.5:
        return [end()]
    far = {"fact": "days_past_due", "op": ">=", "value": 85}
    return [choose("basta", si=(far, "fin")), wait(1, id="vuelta", next="envio-0"), end()]
