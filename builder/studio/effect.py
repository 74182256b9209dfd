"""What a draft does to today's book, as the canvas shows it: figures per step and way, and one line below."""

from collections.abc import Mapping
from typing import Any

from builder import figures
from builder.canvas.drawing import Figures
from builder.session import Session
from builder.wording import Words

ROUTE = "/portfolios/{portfolio}/what-if"
WALK = f"{ROUTE}/walk"
CAPACITY = "capacity"
LONGEST_NAME = 42
HOUSE = "default"
"""The pack of places without a law of their own, and of the house's own rules."""


def effect_of(session: Session, document: Mapping[str, Any]) -> tuple[Figures, str]:
    """The figures of a document on the next date to run, asked of the service."""
    told = session.api.post(session.at("what-if"), {"document": dict(document)})
    return figures_of(told, session.words, session.country), summary_of(told, session.words, session.country)


def figures_of(told: Mapping[str, Any], words: Words, country: str) -> Figures:
    """Cards and ways: accounts and money; what the law stops and what exceeds its capacity as alarms.

    >>> told = {"nodes": {}, "edges": [{"source": "a", "port": "next", "accounts": 30, "amount": 500}]}
    >>> figures_of(told, Words("es"), "CO").edges["a|next"]["count"]
    '30'
    """
    edges = list(told["edges"])
    leaving: dict[str, int] = {}
    for edge in edges:
        leaving[edge["source"]] = leaving.get(edge["source"], 0) + edge["accounts"]
    ways = {f"{edge['source']}|{edge['port']}": _way(edge, leaving, words, country) for edge in edges}
    steps = {name: _step(node, words, country) for name, node in told["nodes"].items()}
    return Figures(steps, ways)


def _way(edge: Mapping[str, Any], leaving: Mapping[str, int], words: Words, country: str) -> dict[str, str]:
    count = figures.number(edge["accounts"], country)
    share = figures.percent(edge["accounts"], leaving[edge["source"]], country)
    whole = edge["accounts"] == leaving[edge["source"]]
    money = figures.short_money(edge["amount"], "$", country)
    title = words("{count} cuentas hoy, {money}", count=count, money=money)
    return {"count": count, "share": "" if whole else share, "title": title}


def _step(node: Mapping[str, Any], words: Words, country: str) -> dict[str, str]:
    accounts = node["arrived"] or node["standing"]
    amount = node["arrived_amount"] or node["standing_amount"]
    text = f"{figures.number(accounts, country)} · {figures.short_money(amount, '$', country)}"
    return {
        "text": text,
        "alarm": _alarm(node, words, country),
        "title": "\n".join(_told(node, words, country)),
    }


def _alarm(node: Mapping[str, Any], words: Words, country: str) -> str:
    capacity = node["capacity"]
    if capacity and capacity["asked"] > capacity["room"]:
        asked, room = (figures.number(capacity[name], country) for name in ("asked", "room"))
        return words("{asked} de {room}", asked=asked, room=room)
    lawful = [each for each in node["blocked"] if each["law"]]
    if not lawful:
        return ""
    count = sum(each["accounts"] for each in lawful)
    house = words("casa")
    places = sorted({house if each["pack"] == HOUSE else str(each["pack"])[:2] for each in lawful})
    return f"{figures.number(count, country)} {' '.join(places)}"


def _told(node: Mapping[str, Any], words: Words, country: str) -> list[str]:
    """Everything known of a step, for the pointer that rests on it."""
    said = [
        words("Llegan hoy: {n}", n=figures.number(node["arrived"], country)),
        words("Quedan aquí: {n}", n=figures.number(node["standing"], country)),
    ]
    if node["messages"]:
        said.append(words("Mensajes: {n}", n=figures.number(node["messages"], country)))
    if node["tasks"]:
        said.append(words("Gestiones: {n}", n=figures.number(node["tasks"], country)))
    if node["arbitration"]:
        n = figures.number(node["arbitration"], country)
        said.append(words("Otro mensaje de la persona va antes: {n}", n=n))
    return said + [_blocked(each, words, country) for each in node["blocked"]]


def _blocked(each: Mapping[str, Any], words: Words, country: str) -> str:
    count = figures.number(each["accounts"], country)
    if not each["law"]:
        if each["rule"] == CAPACITY:
            return words("{n} no caben en la capacidad del día", n=count)
        return f"{count}: {str(each['rule']).replace('_', ' ')}"
    text = each["en"] if words.language == "en" else each["es"]
    return f"{count}: {each['law']} {each['article']} — {text}"


def summary_of(told: Mapping[str, Any], words: Words, country: str) -> str:
    """The strip below the canvas: messages, cost, what the law stops by article, what exceeds its room."""
    number = figures.number
    parts = [
        words(
            "**{n}** cuentas del {day}",
            n=number(told["accounts"], country),
            day=figures.day(told["day"], words.language),
        ),
        words("**{n}** en curso", n=number(told["in_flight"], country)),
        words("**{n}** entran", n=number(told["entrants"], country)),
        words("**{n}** mensajes", n=number(told["messages"], country)),
    ]
    if told["cost"]:
        parts.append(
            words(
                "costo **{money}**", money=figures.short_money(told["cost"], "$", country).replace("$", "\\$")
            )
        )
    parts += _by_article(told["nodes"], words, country)
    for node in told["nodes"].values():
        capacity = node["capacity"]
        if capacity and capacity["asked"] > capacity["room"]:
            asked, room = (number(capacity[name], country) for name in ("asked", "room"))
            parts.append(words(":red[excede capacidad: {asked} de {room}]", asked=asked, room=room))
    return " · ".join(parts)


def _short(text: str) -> str:
    """A law's name that fits in a strip; the whole stands on the step."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1].rstrip()}…"


def _by_article(nodes: Mapping[str, Any], words: Words, country: str) -> list[str]:
    counted: dict[str, int] = {}
    for node in nodes.values():
        for each in node["blocked"]:
            if each["law"]:
                article = _short(f"{each['law']} {each['article']}".strip())
                counted[article] = counted.get(article, 0) + each["accounts"]
    if not counted:
        return []
    told = "; ".join(f"{article}: {figures.number(n, country)}" for article, n in sorted(counted.items()))
    total = figures.number(sum(counted.values()), country)
    return [words(":red[{n} detenidas por ley] ({told})", n=total, told=told)]
