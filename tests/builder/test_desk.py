"""Edits come numbered, are applied once, and undo covers canvas and inspector alike."""

from typing import Any

import pytest

from builder.canvas.desk import Desk
from builder.canvas.history import LONGEST, History
from builder.canvas.kinds import new_strategy
from builder.canvas.operations import readable
from engine.errors import StrategyError


def desk(**more: Any) -> Desk:
    return Desk.of(new_strategy("prueba", "Prueba"), **more)


def send(board: Desk, *operations: dict[str, Any], selected: tuple[str, ...] = ()) -> None:
    """What the browser sends: every edit not acknowledged yet, the new ones with the next numbers."""
    ops = [{"seq": board.ack + 1 + index, **operation} for index, operation in enumerate(operations)]
    board.take({"epoch": board.epoch, "ops": ops, "selected": list(selected)})


MOVE = {"op": "move", "positions": {"salida": [7, 7]}, "why": "move"}


def test_an_edit_sent_twice_is_applied_once() -> None:
    board = desk()
    send(board, MOVE)
    board.take({"epoch": board.epoch, "ops": [{"seq": 1, **MOVE}], "selected": []})
    assert (board.ack, board.revision, len(board.history.past)) == (1, 1, 1)


def test_edits_come_in_the_order_of_their_numbers() -> None:
    board = desk()
    later = {"op": "move", "positions": {"salida": [9, 9]}, "seq": 2}
    board.take({"epoch": board.epoch, "ops": [later, {"seq": 1, **MOVE}], "selected": []})
    assert board.document["layout"]["salida"] == [9, 9]


def test_edits_of_another_desk_are_not_taken() -> None:
    board = desk()
    board.take({"epoch": "another", "ops": [{"seq": 1, **MOVE}], "selected": ["salida"]})
    assert (board.ack, board.selected) == (0, ())


def test_a_name_typed_while_a_step_is_dragged_is_not_lost() -> None:
    """The lost update: an inspector edit between the browser's drawing and its answer."""
    board = desk()
    node = readable(board.document).node("entrada").model_dump(mode="json", by_alias=True)
    board.say_node({**node, "name": "Mora baja"}, "Nombre")
    send(board, MOVE)  # the browser had not seen the name yet
    assert readable(board.document).node("entrada").name == "Mora baja"
    assert board.document["layout"]["salida"] == [7, 7]


def test_undo_on_the_canvas_takes_back_an_edit_of_the_inspector() -> None:
    board = desk()
    before = board.document
    node = readable(before).node("entrada").model_dump(mode="json", by_alias=True)
    board.say_node({**node, "priority": 7}, "Prioridad")
    send(board, {"op": "undo"})
    assert board.document == before
    send(board, {"op": "redo"})
    assert readable(board.document).entry().priority == 7


def test_edits_of_one_field_in_a_row_are_undone_together() -> None:
    board = desk()
    before = board.document
    node = readable(before).node("entrada").model_dump(mode="json", by_alias=True)
    for priority in (1, 2, 3):
        board.say_node({**node, "priority": priority}, "Prioridad")
    send(board, MOVE)
    board.say_node({**node, "priority": 4}, "Prioridad")
    assert [step.label for step in board.history.past] == ["Prioridad", "mover", "Prioridad"]
    send(board, {"op": "undo"}, {"op": "undo"}, {"op": "undo"})
    assert board.document == before


def test_a_refused_edit_changes_nothing_and_says_why() -> None:
    board = desk()
    send(board, {"op": "connect", "source": "entrada", "port": "next", "target": "entrada"})
    assert (board.refusal, board.refusals, board.ack, board.revision) == ("self", 1, 1, 0)


def test_an_edit_that_follows_a_refused_one_is_made() -> None:
    board = desk()
    send(board, {"op": "nonsense"}, MOVE)
    assert board.document["layout"]["salida"] == [7, 7]


def test_a_published_version_is_not_edited() -> None:
    board = desk(readonly=True)
    before = board.document
    send(board, MOVE)
    assert (board.document, board.refusal) == (before, "readonly")


def test_a_node_that_cannot_be_read_is_refused_and_kept_out() -> None:
    board = desk()
    before = board.document
    with pytest.raises(StrategyError):
        board.say_node({"id": "entrada", "kind": "segment"}, "Nombre")
    assert board.document == before


def test_an_inspector_that_repeats_itself_makes_no_history() -> None:
    board = desk()
    board.say_node(board.document["nodes"][0], "Nombre")
    board.replace({**board.document}, "Nombre")
    assert (board.revision, board.history.past) == (0, [])


def test_places_given_by_the_browser_are_nobodys_edit() -> None:
    board = Desk.of({**new_strategy("prueba", "Prueba"), "layout": {}})
    send(board, {"op": "place", "positions": {"entrada": [1, 1], "salida": [1, 200]}})
    assert board.document["layout"] == {"entrada": [1, 1], "salida": [1, 200]}
    assert (board.revision, board.history.past) == (0, [])


def test_a_chosen_step_that_is_gone_is_not_chosen() -> None:
    board = desk()
    send(board, {"op": "remove", "nodes": ["salida"]}, selected=("salida", "entrada"))
    assert board.selected == ("entrada",)


def test_the_history_forgets_its_beginning_not_its_end() -> None:
    history = History({"n": 0})
    for number in range(1, LONGEST + 10):
        history.record({"n": number}, "n")
    history.undo()
    assert (history.document, len(history.past)) == ({"n": LONGEST + 8}, LONGEST - 1)


def test_what_was_undone_is_forgotten_by_a_new_edit() -> None:
    history = History({"n": 0})
    history.record({"n": 1}, "uno")
    history.undo()
    history.record({"n": 2}, "dos")
    history.redo()
    assert (history.document, history.future) == ({"n": 2}, [])
