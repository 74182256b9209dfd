"""Strategies and books by chance: small, legal, and as odd as Hypothesis likes."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.book import Book
from engine.plan import Plan, compile_plan
from engine.strategy.document import read_strategy
from engine.strategy.nodes import NODE_KINDS
from engine.vocabulary import Channel

Node = dict[str, Any]
EVERY_CHANNEL = sum(1 << channel for channel in Channel)
MOST_LATE = 40


def _send(draw: st.DrawFn, id: str) -> Node:
    templates = draw(st.integers(1, 2))
    return {
        "kind": "channel",
        "channel": draw(st.sampled_from(["whatsapp", "sms", "email"])),
        "purpose": draw(st.sampled_from(["collection", "collection", "reminder", "confirmation"])),
        "variants": [{"template": f"t{n}", "weight": 100 // templates} for n in range(templates)],
        "experiment": f"{id}.ab",
        "priority": draw(st.integers(0, 3)),
        "send_at": draw(st.sampled_from(["window_start", "09:30", "23:00"])),
        "if_not_today": {"defer_days": draw(st.integers(0, 3))},
    }


def _notice(draw: st.DrawFn, id: str) -> Node:
    terms = {"proof_days": draw(st.integers(1, 3)), "term_days": draw(st.integers(0, 3))}
    return {"kind": "notice", "notice": "arrears", "channel": "whatsapp", "template": "t0"} | terms


def _wait(draw: st.DrawFn, id: str) -> Node:
    until = draw(
        st.one_of(
            st.fixed_dictionaries(
                {"type": st.just("days"), "days": st.integers(0, 4), "business": st.booleans()}
            ),
            st.fixed_dictionaries({"type": st.just("due_date"), "offset": st.integers(-3, 30)}),
            st.fixed_dictionaries({"type": st.just("day_of_month"), "day": st.integers(1, 31)}),
            st.fixed_dictionaries(
                {"type": st.just("weekday"), "weekday": st.sampled_from(["monday", "friday"])}
            ),
            st.fixed_dictionaries({"type": st.just("payday"), "offset": st.integers(-2, 2)}),
            st.fixed_dictionaries({"type": st.just("lawful_window")}),
            st.fixed_dictionaries(
                {"type": st.just("event"), "events": st.just(["reply", "payment"]), "days": st.integers(1, 4)}
            ),
        )
    )
    return {"kind": "wait", "until": until}


def _choice(draw: st.DrawFn, id: str) -> Node:
    when = {"fact": "days_past_due", "op": ">=", "value": draw(st.integers(0, MOST_LATE))}
    return {"kind": "condition", "branches": [{"port": "late", "when": when}]}


def _split(draw: st.DrawFn, id: str) -> Node:
    weight = draw(st.integers(0, 100))
    arms = [{"port": "a", "weight": weight}, {"port": "b", "weight": 100 - weight}]
    return {"kind": "split", "experiment": f"{id}.v1", "arms": arms}


def _task(draw: st.DrawFn, id: str) -> Node:
    waits = draw(st.booleans())
    queue = {"name": "mesa"}
    return {"kind": "escalate", "target": "agent", "queue": queue, "wait_for_result": waits, "sla_days": 2}


def _offer(draw: st.DrawFn, id: str) -> Node:
    return {"kind": "offer", "offer": "discount", "valid_days": draw(st.integers(1, 3))}


def _action(draw: st.DrawFn, id: str) -> Node:
    return {"kind": "account_action", "action": "block_line", "answer_days": 1}


def _label(draw: st.DrawFn, id: str) -> Node:
    return {"kind": "label", "label": "vip"}


_MAKERS = (_send, _send, _send, _notice, _wait, _wait, _choice, _split, _task, _offer, _action, _label)


@st.composite
def plans(draw: st.DrawFn, key: str, others: Sequence[str] = ()) -> Plan:
    """A compiled strategy: edges lead forward, but for those out of waits by count of days."""
    nodes: list[Node] = [
        {
            "kind": "segment",
            "when": {"fact": "days_past_due", "op": ">=", "value": draw(st.integers(0, 5))},
            "priority": draw(st.integers(0, 3)),
            "takes_over": draw(st.sampled_from(["none", "lower_priority"])),
            "re_entry": draw(
                st.sampled_from(
                    [{"rule": "never"}, {"rule": "after_days", "days": 2}, {"rule": "new_episode"}]
                )
            ),
        }
    ]
    for number in range(draw(st.integers(1, 7))):
        nodes.append(draw(st.sampled_from(_MAKERS))(draw, f"{key}-{number}"))
    for other in others[: draw(st.integers(0, 1))]:
        nodes.append({"kind": "handover", "strategy": other})
    nodes.append({"kind": "end", "outcome": "fin"})
    for place, node in enumerate(nodes):
        node["id"] = f"n{place}"
    edges = [edge for place in range(len(nodes)) for edge in draw(_edges(nodes, place))]
    document = {
        "schema_version": 1,
        "key": key,
        "name": key,
        "exit_when": "mora",
        "nodes": nodes,
        "edges": edges,
    }
    return compile_plan(read_strategy(json.dumps(document)))


@st.composite
def _edges(draw: st.DrawFn, nodes: Sequence[Node], place: int) -> list[Node]:
    node = NODE_KINDS[nodes[place]["kind"]].model_validate_json(json.dumps(nodes[place]))
    first = 1 if node.cuts_cycle() else place + 1
    return [
        {"source": f"n{place}", "port": port, "target": f"n{draw(st.integers(first, len(nodes) - 1))}"}
        for port in node.ports()
    ]


@st.composite
def books(draw: st.DrawFn, day: int, places: int) -> Book:
    """Up to twelve debts of up to five persons in several countries, as columns."""
    size = draw(st.integers(1, 12))
    person = np.array(draw(st.lists(st.integers(1, 5), min_size=size, max_size=size)), np.int64)
    where = np.array(draw(st.lists(st.integers(0, places - 1), min_size=6, max_size=6)), np.int16)
    payday = np.array(draw(st.lists(st.integers(0, 4), min_size=6, max_size=6)), np.int16)
    told = np.array(draw(st.lists(st.sampled_from([0, EVERY_CHANNEL]), min_size=6, max_size=6)), np.int64)
    stops = np.array(draw(st.lists(st.sampled_from([0, 0, 0, 4]), min_size=6, max_size=6)), np.int64)

    def each(values: st.SearchStrategy[int], dtype: Any = np.int64) -> NDArray[Any]:
        return np.array(draw(st.lists(values, min_size=size, max_size=size)), dtype)

    return Book(
        size,
        {
            "account_id": np.arange(100, 100 + size),
            "person_id": person,
            "creditor_id": each(st.integers(1, 2)),
            "amount_to_cure": each(st.sampled_from([0, 100_00, 100_00, 500_00, 900_00])),
            "effective_due_on": (day - each(st.integers(-5, MOST_LATE))).astype(np.int32),
            "account_status": each(st.sampled_from([2, 2, 2, 2, 5]), np.int16),
            "hold_kinds": each(st.sampled_from([0, 0, 0, 0, 16])),
            "protected": np.zeros(size, np.bool_),
            "episode": np.ones(size, np.int32),
            "place": where[person],
            "payday_calendar": payday[person],
            "consented": told[person],
            "stops": stops[person],
        },
    )
