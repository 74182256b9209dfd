"""The service's figures on the canvas: counts, shares, money, what the law stops, what exceeds its room."""

from typing import Any

from builder.studio.effect import figures_of, summary_of
from builder.wording import Words

ES = Words("es")
QUIET: dict[str, Any] = {
    "arrived": 0, "arrived_amount": 0, "standing": 0, "standing_amount": 0, "held": 0, "messages": 0,
    "covered": 0, "cost": 0, "tasks": 0, "arbitration": 0, "blocked": [], "capacity": None,
}  # fmt: skip
LAW = {
    "rule": "co-window", "law": "Ley 2300 de 2023", "article": "art. 3", "pack": "CO",
    "es": "Solo de 7 a 19.", "en": "From 7 to 19 only.", "outcome": "deferred", "accounts": 212, "amount": 1,
}  # fmt: skip


def told(**nodes: dict[str, Any]) -> dict[str, Any]:
    """An answer of the what-if about some nodes."""
    edges = [
        {"source": "envio", "port": "next", "accounts": 3000, "amount": 4_120_000_000},
        {"source": "envio", "port": "blocked", "accounts": 1000, "amount": 0},
        {"source": "entrada", "port": "next", "accounts": 4000, "amount": 0},
    ]
    head = {
        "day": "2026-11-13",
        "accounts": 30000,
        "in_flight": 500,
        "entrants": 4000,
        "messages": 3000,
        "cost": 0,
    }
    return {**head, "nodes": {name: {**QUIET, **node} for name, node in nodes.items()}, "edges": edges}


def test_ways_carry_their_count_and_their_share_of_what_leaves() -> None:
    ways = figures_of(told(), ES, "CO").edges
    assert (ways["envio|next"]["count"], ways["envio|next"]["share"]) == ("3.000", "75 %")
    assert ways["entrada|next"]["share"] == "", "the only way needs no share"
    assert "41,2 M" in ways["envio|next"]["title"]


def test_what_the_law_stops_stands_on_the_step_with_its_country_and_article() -> None:
    step = figures_of(told(envio={"arrived": 4000, "blocked": [LAW]}), ES, "CO").steps["envio"]
    assert step["alarm"] == "212 CO"
    assert "Ley 2300 de 2023 art. 3 — Solo de 7 a 19." in step["title"]


def test_too_much_work_is_told_before_the_law() -> None:
    step = {"capacity": {"asked": 1140, "room": 480}, "blocked": [LAW]}
    assert figures_of(told(mesa=step), ES, "MX").steps["mesa"]["alarm"] == "1,140 de 480"
    room_enough = {"capacity": {"asked": 10, "room": 480}}
    assert figures_of(told(mesa=room_enough), ES, "MX").steps["mesa"]["alarm"] == ""


def test_the_strip_says_the_day_in_one_line() -> None:
    busy = {"capacity": {"asked": 1140, "room": 480}}
    line = summary_of(told(envio={"blocked": [LAW]}, mesa=busy), ES, "CO")
    for part in (
        "**30.000** cuentas del 13/11/2026",
        "**3.000** mensajes",
        "Ley 2300 de 2023 art. 3: 212",
        "1.140 de 480",
    ):
        assert part in line
