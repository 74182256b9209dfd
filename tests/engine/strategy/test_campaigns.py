"""What is wrong with a campaign, and with a queue that sends its rest over a cheaper channel."""

import hashlib
import json
from typing import Any

import pytest

from engine.errors import StrategyError
from engine.strategy.document import SMALLEST, Strategy, read_strategy
from engine.validation import Context, validate
from tests.acceptance.paths import end, enter, path, send, task, wait

DATES = {"starts_on": "2026-12-01", "ends_on": "2026-12-05"}


def campaign(*nodes: Any, dates: dict[str, Any] = DATES) -> Strategy:
    return read_strategy(path("adviento", enter(), *nodes, end(), kind="campaign", campaign=dates))


def codes(strategy: Strategy, **context: Any) -> list[str]:
    found = [finding.code for finding in validate(strategy, Context(**context))]
    return [code for code in found if code.startswith(("campaign.", "escalate."))]


def test_a_campaign_with_its_dates_has_no_finding() -> None:
    assert codes(campaign(send("oferta", purpose="information"))) == []


def test_a_message_nobody_gets_to_in_time_is_told() -> None:
    assert codes(campaign(wait(4), send("oferta", purpose="information"))) == []
    assert codes(campaign(wait(5), send("oferta", purpose="information"))) == ["campaign.too_late"]


def test_a_budget_that_binds_nothing_is_told() -> None:
    rich = campaign(send("oferta", purpose="information"), dates={**DATES, "budget": 500})
    assert codes(rich, prices={"whatsapp": 40}) == []
    assert codes(rich, prices={"sms": 10}) == ["campaign.unpriced"]
    assert codes(rich) == []


def test_dates_go_with_campaigns_only() -> None:
    document = json.loads(SMALLEST) | {"campaign": DATES}
    assert codes(read_strategy(json.dumps(document))) == ["campaign.dates"]
    assert codes(read_strategy(json.dumps(json.loads(SMALLEST) | {"kind": "campaign"}))) == ["campaign.dates"]


@pytest.mark.parametrize(
    "dates",
    [
        {"starts_on": "2026-12-05", "ends_on": "2026-12-01"},
        {"starts_on": "2026-02-30", "ends_on": "2026-12-01"},
        {"starts_on": "2026-01-01", "ends_on": "2028-12-01"},
        {"starts_on": "2026-12-01"},
        {**DATES, "budget": -1},
    ],
)
def test_dates_and_budgets_that_cannot_be_are_refused(dates: dict[str, Any]) -> None:
    with pytest.raises(StrategyError):
        campaign(send("oferta", purpose="information"), dates=dates)


def test_a_strategy_keeps_the_hash_it_had_before_there_were_campaigns() -> None:
    strategy = read_strategy(SMALLEST)
    meaning = strategy.model_dump(mode="json", by_alias=True, exclude={"layout", "notes", "campaign"})
    canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert strategy.content_hash() == hashlib.sha256(canonical.encode()).hexdigest()
    longer = campaign(send("oferta"), dates={**DATES, "ends_on": "2026-12-06"})
    assert longer.content_hash() != campaign(send("oferta")).content_hash()


def test_the_rest_of_a_full_queue_goes_to_a_message() -> None:
    queue = {"name": "mesa", "per_day": 5, "overflow": "cheaper_channel"}
    to_a_wait = path("mora", enter(), task(queue=queue, overflow="espera-3"), wait(3), end())
    assert codes(read_strategy(to_a_wait)) == ["escalate.overflow"]
    to_a_message = path(
        "mora", enter(), task(queue=queue, overflow="aviso", next="fin", timeout="fin"), send("aviso"), end()
    )
    assert codes(read_strategy(to_a_message)) == []
