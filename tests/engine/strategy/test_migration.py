"""Where accounts in flight go: same id and kind by default, anew where the node means something else."""

from typing import Any

import pytest

from engine.errors import StrategyError
from engine.strategy.document import Strategy
from engine.strategy.migrate import Choice, Move, migration
from tests.engine.strategy.drawing import agent, draw, end, message, wait, wait_for

PATH = "in -> hola -> pausa -> fin; hola:blocked -> fin"
BUSINESS = {"kind": "wait", "until": {"type": "days", "days": 2, "business": True}}
PAYDAY = {"kind": "wait", "until": {"type": "payday"}}


def version(**changes: Any) -> Strategy:
    pieces: dict[str, Any] = {"hola": message(), "pausa": wait(7), "fin": end()}
    return draw(PATH, **pieces | changes)


def after(*, choices: dict[str, Choice] | None = None, **changes: Any) -> dict[str, Move]:
    return migration(version(), version(**changes), choices)


def test_what_did_not_change_stands_as_it_stood() -> None:
    kept = {node: Move("move", node, keeps_place=True, keeps_message=True) for node in version_nodes()}
    assert after() == kept


def version_nodes() -> list[str]:
    return [node.id for node in version().nodes]


def test_a_longer_wait_is_put_off_by_the_difference() -> None:
    assert after(pausa=wait(10))["pausa"].shift_days == 3


@pytest.mark.parametrize("changed", [BUSINESS, PAYDAY, wait_for("reply")])
def test_another_kind_of_wait_begins_anew(changed: dict[str, Any]) -> None:
    assert not after(pausa=changed)["pausa"].keeps_place


def test_a_node_of_another_kind_under_the_same_id_is_another_node() -> None:
    assert migration(version(), draw("in -> pausa -> fin; pausa:timeout -> fin", pausa=agent(), fin=end()))[
        "pausa"
    ] == Move("stay", keeps_message=True)


@pytest.mark.parametrize(
    "changed",
    [message("sms"), message(template="otra"), message(to="codeudor")],
    ids=["channel", "template", "addressee"],
)
def test_a_queued_message_is_not_kept_when_it_would_be_another(changed: dict[str, Any]) -> None:
    move = after(hola=changed)["hola"]
    assert move.keeps_place and not move.keeps_message


def test_a_new_hour_keeps_the_message() -> None:
    assert after(hola=message(send_at="11:00"))["hola"].keeps_message


def test_a_removed_node_sees_its_accounts_out() -> None:
    short = draw("in -> hola -> fin; hola:blocked -> fin", hola=message(), fin=end())
    assert migration(version(), short)["pausa"].kind == "stay"


def test_a_choice_wins() -> None:
    moves = after(choices={"pausa": Choice("move", "hola"), "hola": Choice("exit")})
    assert (moves["pausa"].target, moves["pausa"].keeps_place, moves["hola"].kind) == ("hola", False, "exit")


@pytest.mark.parametrize("choices", [{"luna": Choice("stay")}, {"hola": Choice("move", "luna")}])
def test_a_choice_that_names_nothing_is_refused(choices: dict[str, Choice]) -> None:
    with pytest.raises(StrategyError, match="luna"):
        after(choices=choices)
