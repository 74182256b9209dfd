"""Two people edit the same draft: nobody's work is lost, and where they disagree it is said."""

import copy
from typing import Any

from builder.canvas.kinds import new_node, new_strategy
from builder.canvas.merge import merged
from builder.canvas.operations import applied, readable

BASE = new_strategy("prueba", "Prueba")


def with_priority(priority: int) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(BASE)
    document["nodes"][0]["priority"] = priority
    return document


def with_wait() -> dict[str, Any]:
    step = {"id": "espera", "config": new_node("wait"), "at": [1, 1]}
    via = {"source": "entrada", "port": "next"}
    return dict(applied(BASE, {"op": "insert", "steps": [step], "edges": [], "via": via, "positions": {}}))


def test_what_each_changed_is_kept() -> None:
    both = merged(BASE, with_priority(7), with_wait())
    assert both.conflicts == ()
    assert readable(both.document).entry().priority == 7
    assert readable(both.document).targets("entrada") == {"next": "espera"}
    assert both.document["layout"]["espera"] == [1, 1]


def test_the_same_change_of_both_is_no_conflict() -> None:
    assert merged(BASE, with_priority(7), with_priority(7)).conflicts == ()


def test_a_disagreement_is_named_and_mine_stands() -> None:
    both = merged(BASE, with_priority(7), with_priority(8))
    assert both.conflicts == ("entrada",)
    assert readable(both.document).entry().priority == 7


def test_a_name_changed_by_one_and_the_graph_by_the_other() -> None:
    both = merged(BASE, {**BASE, "name": "Otra"}, with_wait())
    assert (both.document["name"], both.conflicts) == ("Otra", ())


def test_a_way_to_a_step_the_other_deleted_is_left_out() -> None:
    theirs = applied(BASE, {"op": "remove", "nodes": ["salida"]})
    both = merged(BASE, with_wait(), theirs)
    assert [edge["target"] for edge in both.document["edges"]] == ["espera"]


def test_a_step_one_deleted_and_the_other_changed_is_kept_and_named() -> None:
    mine = applied(BASE, {"op": "remove", "nodes": ["salida"]})
    theirs = copy.deepcopy(BASE)
    theirs["nodes"][1]["outcome"] = "otro"
    both = merged(BASE, mine, theirs)
    assert both.conflicts == ("salida",)
    assert readable(both.document).node("salida")


def test_a_sum_that_cannot_be_read_leaves_mine_whole() -> None:
    theirs = {**BASE, "exit_when": "never"}
    assert merged(BASE, with_priority(7), theirs) == type(merged(BASE, BASE, BASE))(
        with_priority(7), ("document",)
    )
