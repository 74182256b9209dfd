"""No message of a random world breaks the law, a cap, a hold or a refusal: judged on the ledger."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.chaos.figures import Figures
from tests.ledger.judge import Judge
from tests.ledger.story import Plot, play

STARTS = (
    date(2026, 10, 29),  # Tijuana leaves summer time on 1 November; holidays in CO, CL, EC, PE on the way
    date(2026, 4, 1),  # Easter, and the night of 25 hours in Santiago
    date(2026, 3, 6),  # Tijuana enters summer time on the 8th; MX 16
    date(2026, 9, 3),  # the night without midnight in Santiago
    date(2026, 11, 12),  # MX and CO have a holiday on the 16th, CL has none
    date(2026, 12, 29),  # the year ends within an ISO week
    date(2028, 2, 25),  # a 29 February
)


def hold_to_the_ledger(
    plot: Plot, database_url: str, redis_url: str, folder: Path, figures: Figures
) -> Judge:
    """Play a world and find no fault with it."""
    ending = play(plot, database_url, redis_url, folder)
    judge = Judge(ending.diary, ending.lines)
    arrived = Counter(str(each.line["message_id"]) for each in judge.deliveries)
    figures.add(messages=len(arrived), twice=sum(times > 1 for times in arrived.values()))
    assert judge.faults() == []
    return judge


@pytest.mark.criterion("R8", "R9", "R12", "R13")
def test_random_week_breaks_no_rule_on_the_ledger(
    database_url: str, redis_url: str, tmp_path: Path, figures: Figures
) -> None:
    plot = Plot(seed=8, start=STARTS[0], dates=5, people=40, sittings=1)  # a week that calls fallbacks
    judge = hold_to_the_ledger(plot, database_url, redis_url, tmp_path, figures)
    assert len(judge.deliveries) > 10
    assert len({each.debtor.place.country for each in judge.deliveries}) > 2
    assert any(each.said.fallback for each in judge.deliveries)


@pytest.mark.criterion("R8", "R9", "R12", "R13")
@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(2, 42))
def test_random_worlds_break_no_rule_on_the_ledger(
    seed: int, database_url: str, redis_url: str, tmp_path: Path, figures: Figures
) -> None:
    start = STARTS[seed % len(STARTS)]
    plot = Plot(seed, start, dates=10, people=80, senders=1 + seed % 2, sittings=3)
    assert hold_to_the_ledger(plot, database_url, redis_url, tmp_path, figures).deliveries
