"""The dashboards over some days of a portfolio: figures by hand, money reconciled, no cell a formula."""

import csv
import io
from pathlib import Path

import pytest

from engine.kpis import EDGES, band_of, bands
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline
from tests.api.http.world import ApiWorld, Asker

BASE = "/portfolios/prueba/dashboards"
PERIOD = "from=2026-11-23&to=2026-11-30"


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    return Timeline(database_url, tmp_path, settings={"message_prices": {"whatsapp": 40}})


@pytest.fixture
def viewer(database_url: str, tmp_path: Path) -> Asker:
    return ApiWorld(database_url, tmp_path).as_("viewer")


def lived(timeline: Timeline) -> None:
    """Ana pays after the message, Beto promises, Carla is only written to."""
    ana, beto = timeline.debtor("Ana", days_past_due=5), timeline.debtor("Beto", days_past_due=29)
    timeline.debtor("Carla", days_past_due=61)
    timeline.publish(path("mora", enter(), send("aviso"), wait(20), end(), name="Mora"))
    timeline.day(0)
    day = timeline.day(2)
    day.payment(ana, "1000.00")
    timeline.do(
        "INSERT INTO promise (account_id, amount, due_on, state, via, paid, made_at) VALUES"
        " (%s, 50000, %s, 'kept', 'portal', 60000, %s), (%s, 30000, %s, 'broken', 'portal', 10000, %s),"
        " (%s, 99900, %s, 'proposed', 'portal', 0, %s)",
        beto.account_id, timeline.date(3), timeline.clock.now(),
        beto.account_id, timeline.date(4), timeline.clock.now(),
        beto.account_id, timeline.date(4), timeline.clock.now(),
    )  # fmt: skip
    timeline.day(3)


def test_what_was_paid_is_told_once_and_adds_up_to_the_ledger(timeline: Timeline, viewer: Asker) -> None:
    lived(timeline)
    told = viewer.get(f"{BASE}/recovery?{PERIOD}").json()
    assert told["total"] == {"MXN": 100_000}
    assert [(row["strategy"], row["amount"], row["accounts"]) for row in told["days"]] == [
        ("mora", 100_000, 1)
    ]
    assert sum(row["amount"] for row in told["days"]) == told["total"]["MXN"]
    (cohort,) = told["cohorts"]
    assert (cohort["accounts"], cohort["due"], cohort["payers"], cohort["paid"]) == (3, 300_000, 1, 100_000)
    assert not cohort["closed"]
    assert viewer.get(f"{BASE}/recovery?{PERIOD}&strategy=otra").json()["days"] == []


def test_a_payment_taken_back_was_not_recovered(timeline: Timeline, viewer: Asker) -> None:
    lived(timeline)
    timeline.day(3).payment_taken_back()
    told = viewer.get(f"{BASE}/recovery?{PERIOD}").json()
    assert (told["total"], told["days"], told["cohorts"][0]["paid"]) == ({}, [], 0)


def test_debts_stand_in_the_band_of_their_age(timeline: Timeline, viewer: Asker) -> None:
    lived(timeline)
    told = viewer.get(f"{BASE}/aging?{PERIOD}").json()
    assert told["day"] == "2026-11-26"
    assert {row["band"]: (row["accounts"], row["amount"]) for row in told["bands"]} == {
        "al_dia": (1, 0), "31-60": (1, 100_000), "61-90": (1, 100_000),
    }  # fmt: skip


@pytest.mark.parametrize("days", [-1, 0, 1, 30, 31, 60, 61, 90, 91, 120, 121, 180, 181])
def test_the_database_counts_bands_as_the_engine_does(timeline: Timeline, viewer: Asker, days: int) -> None:
    timeline.debtor("Ana", days_past_due=days)
    (row,) = viewer.get(f"{BASE}/aging?from=2026-11-01&to=2026-11-23").json()["bands"]
    assert row["band"] == bands()[band_of(days, EDGES)]


def test_accounts_roll_from_the_band_the_first_run_saw(timeline: Timeline, viewer: Asker) -> None:
    lived(timeline)
    told = viewer.get(f"{BASE}/rolls?{PERIOD}").json()
    assert (told["since"], told["until"]) == ("2026-11-23", "2026-11-26")
    matrix = {(row["before"], row["after"]): (row["accounts"], row["amount"]) for row in told["matrix"]}
    assert matrix == {
        ("1-30", "31-60"): (1, 100_000),
        ("1-30", "al_dia"): (1, 100_000),
        ("61-90", "61-90"): (1, 100_000),
    }


def test_one_run_alone_rolls_nobody(timeline: Timeline, viewer: Asker) -> None:
    lived(timeline)
    told = viewer.get(f"{BASE}/rolls?from=2026-11-23&to=2026-11-23").json()
    assert told == {"since": "2026-11-23", "until": None, "matrix": []}


def test_the_funnel_only_narrows_up_to_what_was_read(timeline: Timeline, viewer: Asker) -> None:
    lived(timeline)
    (row,) = viewer.get(f"{BASE}/funnel?{PERIOD}").json()["items"]
    assert (row["channel"], row["queued"], row["sent"]) == ("whatsapp", 3, 3)
    assert (row["promised"], row["paid"], row["replied"]) == (1, 1, 0)
    assert viewer.get(f"{BASE}/funnel?{PERIOD}&channel=sms").json()["items"] == []


def test_promises_due_are_kept_or_broken_and_proposals_are_none(timeline: Timeline, viewer: Asker) -> None:
    lived(timeline)
    rows = viewer.get(f"{BASE}/promises?{PERIOD}").json()["items"]
    assert {row["state"]: (row["promises"], row["amount"], row["paid"]) for row in rows} == {
        "broken": (1, 30_000, 10_000), "kept": (1, 50_000, 50_000),
    }  # fmt: skip
    assert {row["week"] for row in rows} == {"2026-11-23"}


def test_messages_cost_what_the_portfolio_says(timeline: Timeline, viewer: Asker) -> None:
    lived(timeline)
    told = viewer.get(f"{BASE}/costs?{PERIOD}").json()
    assert told["items"] == [
        {
            "strategy": "mora",
            "channel": "whatsapp",
            "currency": "MXN",
            "messages": 3,
            "cost": 120,
            "priced": True,
        }
    ]
    assert told["recovered"] == {"MXN": 100_000}


@pytest.mark.parametrize("table", ["recovery", "cohorts", "aging", "rolls", "funnel", "promises", "costs"])
def test_every_table_is_a_file_and_an_empty_portfolio_an_empty_one(
    timeline: Timeline, viewer: Asker, table: str
) -> None:
    answer = viewer.get(f"{BASE}/{table}/csv?{PERIOD}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
    assert answer.content == b"\xef\xbb\xbf"


def test_no_cell_of_a_file_is_a_formula(timeline: Timeline, viewer: Asker) -> None:
    lived(timeline)
    timeline.do("UPDATE strategy SET key = '=cmd'")
    text = viewer.get(f"{BASE}/costs/csv?{PERIOD}").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["strategy"], row["cost"]) == ("'=cmd", "120")


@pytest.mark.parametrize("period", ["from=2026-11-30&to=2026-11-23", "from=2020-01-01&to=2026-11-23"])
def test_a_period_that_cannot_be_is_refused(timeline: Timeline, viewer: Asker, period: str) -> None:
    refused = viewer.get(f"{BASE}/aging?{period}")
    assert (refused.status_code, refused.json()["code"]) == (422, "dashboard.period")
