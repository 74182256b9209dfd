"""What-if: its figures are those of the run that follows, and an edit moves them as publishing it would."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.what_if.resident import Resident
from engine.errors import BookError, ServiceError, StrategyError
from storage.database import Database
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline


def draft(days: int = 3) -> dict[str, Any]:
    """Enter, wait, one message, out."""
    document: dict[str, Any] = json.loads(
        path("mora", enter(), wait(days, id="espera"), send("aviso"), end())
    )
    return document


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    """Ten debtors in Mexico, from Monday 23 November 2026."""
    timeline = Timeline(database_url, tmp_path)
    for number in range(10):
        timeline.debtor(f"Persona {number}", days_past_due=5)
    return timeline


def what_if(timeline: Timeline, document: dict[str, Any], **choices: Any) -> dict[str, Any]:
    return Resident(Database(timeline.url), timeline.clock).figures("prueba", document, choices)


def test_a_new_strategy_shows_who_would_enter_and_where_they_stand(timeline: Timeline) -> None:
    told = what_if(timeline, draft())
    assert (told["accounts"], told["in_flight"], told["entrants"], told["messages"]) == (10, 0, 10, 0)
    assert told["nodes"]["espera"]["standing"] == 10
    assert told["nodes"]["espera"]["standing_amount"] == 10 * 1000_00
    assert {"source": "entrada", "port": "next", "accounts": 10, "amount": 10 * 1000_00} in told["edges"]


def test_the_figures_of_what_is_published_are_those_of_the_run_that_follows(timeline: Timeline) -> None:
    timeline.publish(json.dumps(draft()))
    timeline.day(2)
    told = what_if(timeline, draft())
    assert told["day"] == timeline.date(3).isoformat()
    timeline.day(3, deliver=False)
    with timeline.database.connection() as connection:
        queued = connection.execute(
            "SELECT count(*) FROM message WHERE local_on = %s", [timeline.date(3)]
        ).fetchall()
    assert told["messages"] == queued[0][0] == 10
    assert told["nodes"]["aviso"]["messages"] == 10


def test_a_shorter_wait_lets_those_who_stand_in_it_go_on_today(timeline: Timeline) -> None:
    timeline.publish(json.dumps(draft(5)))
    timeline.day(2)
    assert what_if(timeline, draft(5))["messages"] == 0
    told = what_if(timeline, draft(3))
    assert told["in_flight"] == 10 and told["messages"] == 10


def test_a_node_that_is_gone_keeps_its_accounts_in_the_older_version_unless_they_leave(
    timeline: Timeline,
) -> None:
    timeline.publish(json.dumps(draft(5)))
    timeline.day(1)
    without = json.loads(path("mora", enter(), send("aviso"), end()))
    assert what_if(timeline, without)["stayed"] == {"espera": 10}
    told = what_if(timeline, without, espera={"kind": "exit"})
    assert told["left"] == {"espera": 10} and told["messages"] == 0
    moved = what_if(timeline, without, espera={"kind": "move", "target": "aviso"})
    assert moved["in_flight"] == 10


def test_what_the_law_blocks_is_told_with_its_article(timeline: Timeline) -> None:
    with timeline.database.connection() as connection:
        connection.execute("UPDATE person SET denied_channels = -1")
    told = what_if(timeline, json.loads(path("mora", enter(), send("aviso"), end())))
    [blocked] = told["nodes"]["aviso"]["blocked"]
    assert blocked["accounts"] == 10 and blocked["outcome"] == "blocked"
    assert blocked["article"] and blocked["law"] and blocked["amount"] == 10 * 1000_00


def test_a_capacity_that_is_exceeded_says_by_how_much(timeline: Timeline) -> None:
    document = json.loads(path("mora", enter(), send("aviso", max_per_day={"messages": 4}), end()))
    told = what_if(timeline, document)["nodes"]["aviso"]
    assert told["capacity"] == {"asked": 10, "room": 4, "exceeded": True}
    assert told["messages"] == 4


def test_the_other_strategies_are_arbitrated_with(timeline: Timeline) -> None:
    timeline.publish(path("otra", enter(), wait(1), send("otro"), end()))
    timeline.day(0)
    told = what_if(timeline, json.loads(path("mora", enter(priority=500), send("aviso"), end())))
    assert told["entrants"] == 10 and told["messages"] == 10 and told["others"] == {}
    kept = what_if(timeline, json.loads(path("mora", enter(priority=1), send("aviso"), end())))
    assert kept["entrants"] == 0 and kept["others"] == {"otra": 10}


def test_nothing_is_written(timeline: Timeline) -> None:
    timeline.publish(json.dumps(draft()))
    timeline.day(2)
    with timeline.database.connection() as connection:
        before = connection.execute("SELECT id, node, state, revision FROM enrolment ORDER BY 1").fetchall()
        what_if(timeline, draft(1))
        after = connection.execute("SELECT id, node, state, revision FROM enrolment ORDER BY 1").fetchall()
        assert after == before
        assert connection.execute("SELECT count(*) FROM message").fetchone() == (0,)


def test_a_book_that_changed_is_read_again_and_the_older_one_answers_meanwhile(timeline: Timeline) -> None:
    resident = Resident(Database(timeline.url), timeline.clock)
    first = resident.figures("prueba", draft(), {})
    timeline.publish(path("otra", enter(priority=900), wait(1), end()))
    resident.refresh("prueba")
    assert first["entrants"] == 10 and resident.figures("prueba", draft(), {})["entrants"] == 0


def test_a_draft_that_does_not_compile_is_refused_by_its_node(timeline: Timeline) -> None:
    broken = draft()
    broken["edges"] = [edge for edge in broken["edges"] if edge["source"] != "espera"]
    with pytest.raises(StrategyError) as refused:
        what_if(timeline, broken)
    assert refused.value.place == "espera"


def test_a_large_book_is_said_to_be_on_its_way(timeline: Timeline) -> None:
    with pytest.raises(ServiceError) as asked_again:
        Resident(Database(timeline.url), timeline.clock, patience_s=0.0).figures("prueba", draft(), {})
    assert asked_again.value.code == "service.warming"


def test_one_account_walks_through_the_draft_step_by_step(timeline: Timeline) -> None:
    timeline.publish(json.dumps(draft()))
    timeline.day(2)
    with timeline.database.connection() as connection:
        ((number,),) = connection.execute("SELECT number FROM account ORDER BY id LIMIT 1").fetchall()
    resident = Resident(Database(timeline.url), timeline.clock)
    told = resident.walk("prueba", draft(), number)
    assert told["steps"] == [{"node": "espera", "port": "next", "to": "aviso"}]
    assert (told["in_draft"], told["stands_at"], told["state"]) == (True, "aviso", "sending")
    assert any("Se envía" in line["text"] for line in told["why"])
    with pytest.raises(BookError):
        resident.walk("prueba", draft(), "ninguna")


def campaign(timeline: Timeline, budget: int | None = None) -> dict[str, Any]:
    """From tomorrow on, a word to everybody, beside whatever strategy they are in."""
    dates: dict[str, Any] = {"starts_on": str(timeline.date(0)), "ends_on": str(timeline.date(9))}
    who = enter({"fact": "amount_to_cure", "op": ">", "value": 0}, id="campana")
    more = {"kind": "campaign", "campaign": dates | ({"budget": budget} if budget is not None else {})}
    word = send("oferta", purpose="information")
    told: dict[str, Any] = json.loads(path("feria", who, word, wait(5, id="pausa"), end(), **more))
    return told


def test_a_campaign_takes_accounts_without_taking_them_from_their_strategy(timeline: Timeline) -> None:
    timeline.publish(json.dumps(draft(5)))
    timeline.day(2)
    told = what_if(timeline, campaign(timeline))
    assert (told["entrants"], told["messages"], told["outcomes"]) == (10, 10, {})
    timeline.publish(json.dumps(campaign(timeline)))
    timeline.day(3)
    stands = timeline.rows(
        "SELECT s.key, count(*) FROM enrolment e JOIN strategy s ON s.id = e.strategy_id"
        " WHERE e.state <> 5 GROUP BY 1 ORDER BY 1"
    )
    assert stands == [("feria", 10), ("mora", 10)], "as the what-if said"


def test_the_accounts_of_a_campaign_stand_in_its_draft(timeline: Timeline) -> None:
    timeline.publish(json.dumps(draft(9)))
    timeline.publish(json.dumps(campaign(timeline)))
    timeline.day(1)
    told = what_if(timeline, campaign(timeline))
    assert (told["in_flight"], told["entrants"], told["messages"]) == (10, 0, 0)
    assert told["nodes"]["pausa"]["standing"] == 10


def test_a_budget_binds_the_draft_after_what_the_campaign_has_spent(
    database_url: str, tmp_path: Path
) -> None:
    timeline = Timeline(database_url, tmp_path, settings={"message_prices": {"whatsapp": 40}})
    for number in range(10):
        timeline.debtor(f"Persona {number}", days_past_due=5)
    assert what_if(timeline, campaign(timeline, 200))["messages"] == 4, "a part is kept for events"
    timeline.publish(json.dumps(campaign(timeline, 200)))
    timeline.day(0)
    assert what_if(timeline, campaign(timeline, 200))["messages"] == 0
    assert what_if(timeline, campaign(timeline, 320))["messages"] == 3
