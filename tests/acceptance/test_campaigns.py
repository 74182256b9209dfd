"""A campaign beside the strategy: its own dates, budget and result, the same slot of the day (03, 1; A15)."""

import json
from typing import Any

import pytest

from api.usecases.strategies.campaign_result import campaign_result
from engine.errors import StrategyError
from tests.acceptance.conftest import Begin
from tests.acceptance.paths import LATE, end, enter, hand_over, path, send, wait
from tests.acceptance.timeline import Debt, Timeline

EVERYONE = {"fact": "amount_to_cure", "op": ">", "value": 0}


def mora() -> str:
    return path("mora", enter(), send("aviso"), wait(9), end())


def campaign(
    timeline: Timeline, *nodes: Any, first: int = 0, last: int = 9, key: str = "aguinaldo", **more: Any
) -> str:
    """A campaign from one day of the timeline to another."""
    who = more.pop("who", enter(EVERYONE, id="campana"))
    dates = {"starts_on": str(timeline.date(first)), "ends_on": str(timeline.date(last))}
    budget = {"budget": more.pop("budget")} if "budget" in more else {}
    return path(key, who, *nodes, kind="campaign", campaign=dates | budget, **more)


def offer(**options: Any) -> Any:
    return send("oferta", purpose="information", **options)


def stands(timeline: Timeline, debt: Debt) -> dict[str, str]:
    """Node of every open passage, by strategy."""
    return dict(
        timeline.rows(
            "SELECT s.key, n.node_id FROM enrolment e JOIN strategy s ON s.id = e.strategy_id"
            " JOIN strategy_node n ON n.strategy_id = s.id AND n.code = e.node"
            " WHERE e.account_id = %s AND e.state <> 5",
            debt.account_id,
        )
    )


def test_an_account_is_in_its_strategy_and_in_a_campaign_at_once(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    timeline.publish(campaign(timeline, offer(), wait(5, id="pausa"), end()))
    assert sorted(day(0).sent(ana)) == ["aviso", "oferta"]
    assert stands(timeline, ana) == {"mora": "espera-9", "aguinaldo": "pausa"}
    assert day(0).counted() == {"acted": 1}


def test_they_meet_in_the_slot_of_the_day_and_the_stronger_goes_first(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    reminder = send("oferta", purpose="reminder", priority=500)
    timeline.publish(campaign(timeline, reminder, wait(5, id="pausa"), end()))
    day(0).expect(ana, sent="oferta", reason="arbitration")
    assert stands(timeline, ana) == {"mora": "aviso", "aguinaldo": "pausa"}
    assert day(0).counted() == {"acted": 1}
    day(1).expect(ana, sent="aviso")


def test_of_two_campaigns_an_account_is_in_the_one_of_higher_priority(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(campaign(timeline, offer(), wait(5, id="pausa"), end()))
    first = enter(EVERYONE, id="campana", priority=300)
    timeline.publish(campaign(timeline, offer(id="otra"), wait(5, id="pausa"), end(), key="feria", who=first))
    day(0)
    assert stands(timeline, ana) == {"feria": "pausa"}


def test_it_takes_nobody_before_its_first_day_and_lets_all_go_after_its_last(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    timeline.publish(campaign(timeline, offer(), wait(8, id="pausa"), end(), first=1, last=3))
    day(0).expect(ana, sent="aviso")
    assert stands(timeline, ana) == {"mora": "espera-9"}
    day(1).expect(ana, sent="oferta")
    luis = timeline.debtor("Luis", days_past_due=0)
    day(4)
    assert day(4).enrolment(ana, "aguinaldo")["outcome"] == "campaign_over"
    assert stands(timeline, ana) == {"mora": "espera-9"}
    assert day(4).counted() == {"waiting": 2}
    assert sorted(day(4).passages(luis)) == ["aguinaldo", "mora"]


def test_the_budget_goes_to_the_highest_amounts_and_is_never_passed(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-23", settings={"message_prices": {"whatsapp": 40}})
    day, small = timeline.day, timeline.debtor("Ana", owes="100.00")
    large, middle = timeline.debtor("Luis", owes="900.00"), timeline.debtor("Eva", owes="500.00")
    timeline.publish(campaign(timeline, offer(), wait(5, id="pausa"), end(), budget=90))
    day(0).expect(large, sent="oferta").expect(middle, sent="oferta")
    day(0).expect(small, nothing=True, state="deferred", reason="budget")
    day(1).expect(small, nothing=True, reason="budget")
    day(1).payment(large, "900.00")
    result = campaign_result(timeline.database, timeline.book_key, "aguinaldo")
    assert (result.spent, result.budget, result.messages) == (80, 90, {"whatsapp": 2})
    assert (result.worked.accounts, result.worked.payers) == (3, 1)
    assert result.worked.paid == {"MXN": 900_00}
    assert result.outcomes == {"exit": 1}


def test_what_is_no_campaign_has_no_result_and_one_that_is_over_is_not_published(timeline: Timeline) -> None:
    timeline.debtor("Ana")
    timeline.publish(mora())
    timeline.day(2)
    with pytest.raises(StrategyError, match="no campaign"):
        campaign_result(timeline.database, timeline.book_key, "mora")
    with pytest.raises(StrategyError, match="ended on"):
        timeline.publish(campaign(timeline, offer(), end(), first=0, last=1))


def test_a_strategy_does_not_hand_over_to_a_campaign(timeline: Timeline) -> None:
    timeline.publish(campaign(timeline, offer(), wait(5, id="pausa"), end()))
    with pytest.raises(StrategyError, match="in both at once"):
        timeline.publish(path("mora", enter(LATE), hand_over("aguinaldo")))


def test_dates_make_a_campaign(timeline: Timeline) -> None:
    document = json.loads(campaign(timeline, offer(), end()))
    document["kind"] = "strategy"
    with pytest.raises(StrategyError, match="from when to when"):
        timeline.publish(json.dumps(document))
