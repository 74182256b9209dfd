"""Accounts in flight when a new version is published, or their strategy is paused: nobody is lost."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.usecases.strategies.migrate_enrolments import migrate_enrolments, preview_migration
from api.usecases.strategies.pause_strategy import pause_strategy
from api.usecases.strategies.resume_strategy import resume_strategy
from engine.errors import StrategyError
from engine.strategy.migrate import Choice
from tests.acceptance.timeline import Timeline
from tests.engine.strategy.drawing import document, end, message, wait

FIRST = "in -> aviso -> pausa -> fin; aviso:blocked -> fin"
LATE = {"fact": "days_past_due", "op": ">=", "value": 1}


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    return Timeline(database_url, tmp_path)


def version(path: str = FIRST, days: int = 10, template: str = "aviso", **more: Any) -> str:
    pieces: dict[str, Any] = {"aviso": message(template=template), "pausa": wait(days), "fin": end()}
    return json.dumps(document(path, key="mora", when=LATE, **pieces | more))


def standing(timeline: Timeline) -> list[tuple[Any, ...]]:
    """Version number, node, state and due day of every enrolment, by account."""
    return [
        (number, node, state, None if due is None else (due - timeline.first).days)
        for number, node, state, due in timeline.rows(
            """SELECT v.number, n.node_id, e.state, e.due_on FROM enrolment e
               JOIN strategy_version v ON v.id = e.version_id
               JOIN strategy_node n ON n.strategy_id = e.strategy_id AND n.code = e.node
               ORDER BY e.account_id"""
        )
    ]


def migrate(timeline: Timeline, **choices: Choice) -> Any:
    wanted = {node.replace("_", "-"): choice for node, choice in choices.items()}
    return migrate_enrolments(timeline.database, "prueba", "mora", wanted, by="ana", rate=1.0)


def test_the_counts_come_first_and_change_nothing(timeline: Timeline) -> None:
    for name in ("Ana", "Beto"):
        timeline.debtor(name)
    timeline.publish(version())
    timeline.day(0)
    timeline.publish(version(days=4))
    [count] = preview_migration(timeline.database, "prueba", "mora")
    assert (count.node, count.accounts, count.in_flight, count.move.shift_days) == ("pausa", 2, 0, -6)
    assert standing(timeline) == [(1, "pausa", 1, 10)] * 2


def test_an_edited_wait_moves_its_term_and_loses_nobody(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(version())
    timeline.day(0)
    timeline.publish(version(days=4))
    assert migrate(timeline).moved == 1
    assert standing(timeline) == [(2, "pausa", 1, 4)]
    assert migrate(timeline).moved == 0
    assert timeline.rows("SELECT count(*), max(entry_no) FROM enrolment") == [(1, 1)]


def test_a_flood_of_waits_comes_due_little_by_little(timeline: Timeline) -> None:
    for number in range(10):
        timeline.debtor(f"Ana {number}")
    timeline.publish(version())
    timeline.day(3)
    timeline.publish(version(days=1))
    migrate_enrolments(timeline.database, "prueba", "mora", by="ana", rate=0.2)
    assert sorted(due for _, _, _, due in standing(timeline)) == [4, 4, 5, 5, 6, 6, 7, 7, 8, 8]


def test_accounts_stay_in_their_version_or_leave_as_chosen(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(version())
    timeline.day(0)
    timeline.publish(version(days=4))
    assert migrate(timeline, pausa=Choice("stay")).moved == 0
    assert standing(timeline) == [(1, "pausa", 1, 10)]
    assert migrate(timeline, pausa=Choice("exit")).ended == 1
    assert timeline.rows(
        "SELECT word FROM term t JOIN enrolment e ON e.outcome = t.code AND t.kind = 'outcome'"
    ) == [("new_version",)]


def test_a_move_to_another_node_arrives_there_anew(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(version())
    timeline.day(0)
    longer = "in -> aviso -> reposo -> fin; aviso:blocked -> fin; pausa -> fin"
    timeline.publish(version(longer, reposo=wait(3)))
    migrate(timeline, pausa=Choice("move", "reposo"))
    assert standing(timeline) == [(2, "reposo", 0, 0)]
    timeline.day(1)
    assert standing(timeline) == [(2, "reposo", 1, 4)]


def test_a_queued_message_is_kept_when_the_node_is_the_same(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(version())
    timeline.day(0, deliver=False)
    timeline.publish(version(days=4))
    assert migrate(timeline).withdrawn == 0
    assert timeline.deliver() == 1
    assert standing(timeline) == [(2, "pausa", 1, 4)]


def test_a_queued_message_is_withdrawn_and_decided_again_when_its_template_changed(
    timeline: Timeline,
) -> None:
    timeline.debtor("Ana")
    timeline.publish(version())
    timeline.day(0, deliver=False)
    timeline.publish(version(template="otro"))
    assert migrate(timeline).withdrawn == 1
    assert timeline.deliver() == 0
    timeline.day(1)
    assert standing(timeline) == [(2, "pausa", 1, 11)]


def test_a_message_on_its_way_moves_first_by_its_outcome(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(version())
    timeline.day(0, deliver=False)
    timeline.do("UPDATE message SET state = 3")
    timeline.publish(version(days=4))
    assert migrate(timeline).in_flight == 1
    timeline.do("UPDATE message SET state = 1")
    assert standing(timeline) == [(1, "aviso", 2, 0)]
    timeline.deliver()
    assert standing(timeline) == [(2, "pausa", 1, 4)]
    assert migrate(timeline).moved == 0


def test_a_choice_about_an_unknown_node_is_refused(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(version())
    timeline.day(0)
    timeline.publish(version(days=4))
    with pytest.raises(StrategyError):
        migrate(timeline, luna=Choice("exit"))
    with pytest.raises(StrategyError):
        migrate(timeline, pausa=Choice("move", "luna"))


# -- pause and resume ----------------------------------------------------------------------------

TWO = "in -> aviso -> pausa -> segundo -> resto -> fin; aviso:blocked -> fin; segundo:blocked -> fin"


def paused_for_a_week(timeline: Timeline) -> None:
    """Wrote on day 0, waits until day 3; paused on day 1, nobody moves until day 8."""
    timeline.debtor("Ana")
    timeline.publish(version(TWO, days=3, segundo=message(template="segundo"), resto=wait(5)))
    timeline.day(1)
    pause_strategy(timeline.database, "prueba", "mora", by="ana")
    timeline.day(8)
    assert standing(timeline) == [(1, "pausa", 1, 3)]


def sent_on(timeline: Timeline, template: str = "segundo") -> list[int]:
    rows = timeline.rows(
        "SELECT m.local_on FROM message m JOIN template t ON t.id = m.template_id WHERE t.key = %s", template
    )
    return [(day - timeline.first) // timedelta(days=1) for (day,) in rows]


def resume(timeline: Timeline, how: Any) -> None:
    resume_strategy(timeline.database, "prueba", "mora", how, by="ana")


def test_resumed_with_the_next_step_only(timeline: Timeline) -> None:
    paused_for_a_week(timeline)
    resume(timeline, "next_only")
    timeline.day(9)
    assert sent_on(timeline) == [9]


def test_resumed_as_if_the_days_had_not_passed(timeline: Timeline) -> None:
    paused_for_a_week(timeline)
    resume(timeline, "from_today")
    timeline.day(12)
    assert standing(timeline)[0][1] == "resto"
    assert sent_on(timeline) == [10]


def test_resumed_without_what_expired(timeline: Timeline) -> None:
    paused_for_a_week(timeline)
    resume(timeline, "skip_expired")
    timeline.day(9)
    assert standing(timeline) == [(1, "resto", 1, 14)]
    assert sent_on(timeline) == []


def test_what_was_queued_at_the_pause_is_withdrawn_and_goes_out_later(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(version())
    timeline.day(0, deliver=False)
    assert pause_strategy(timeline.database, "prueba", "mora", by="ana") == 1
    timeline.deliver()
    timeline.day(1)
    assert sent_on(timeline, "aviso") == [0]
    resume(timeline, "next_only")
    timeline.day(2)
    assert sorted(sent_on(timeline, "aviso")) == [0, 2]
    assert standing(timeline)[0][1] == "pausa"


def test_pausing_and_resuming_twice_is_refused(timeline: Timeline) -> None:
    timeline.publish(version())
    with pytest.raises(StrategyError):
        resume(timeline, "next_only")
    pause_strategy(timeline.database, "prueba", "mora", by="ana")
    with pytest.raises(StrategyError):
        pause_strategy(timeline.database, "prueba", "mora", by="ana")
