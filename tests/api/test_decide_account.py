"""What would be done with one account now, told without doing it."""

from pathlib import Path

import pytest

from api.usecases.day.decide_account import Decider
from engine.errors import BookError
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    timeline = Timeline(database_url, tmp_path)
    timeline.publish(path("mora", enter(), send("aviso"), wait(3), send("segundo"), wait(9), end()))
    return timeline


def everything(timeline: Timeline) -> list[tuple[object, ...]]:
    return [
        timeline.rows(f"SELECT count(*) FROM {each}")[0] for each in ("enrolment", "message", "ledger", "run")
    ]


def test_the_decision_is_the_one_the_run_takes(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana", number="A-1")
    decider = Decider(timeline.database, timeline.clock, timeline.book.portfolio_id)
    before = everything(timeline)
    decided = decider.decide("A-1")
    assert everything(timeline) == before
    assert [message.template for message in decided.messages] == ["aviso"]
    assert decided.bucket == "acted"
    assert {"kind": "message", "text": "Se envía «aviso» por whatsapp."} in decided.why
    timeline.day(0).expect(ana, sent="aviso")
    again = decider.decide("A-1")
    assert again.messages == []
    assert [(step.node, step.state, step.due_on) for step in again.stands] == [
        ("espera-3", "waiting", timeline.date(3))
    ]


def test_what_changed_meanwhile_is_seen(timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    timeline.debtor("Ana", number="A-1")
    decider = Decider(timeline.database, timeline.clock, timeline.book.portfolio_id)
    assert decider.decide("A-1").bucket == "acted"
    timeline.do("UPDATE person SET denied_channels = -1, consented_channels = 0")
    decided = decider.decide("A-1")
    assert [verdict.outcome for verdict in decided.verdicts] == ["blocked"]
    assert decided.bucket == "blocked"
    monkeypatch.setattr("api.usecases.day.decide_account.LOOKS_AGAIN_S", 0.0)
    timeline.do("UPDATE strategy SET paused = true")
    assert decider.decide("A-1").bucket == "not_eligible"


def test_an_account_nobody_knows_is_said_so(timeline: Timeline) -> None:
    decider = Decider(timeline.database, timeline.clock, timeline.book.portfolio_id)
    with pytest.raises(BookError) as unknown:
        decider.decide("NADIE")
    assert unknown.value.code == "account.unknown"
