"""Dates run by themselves: once per local date, on a book that will do, by whichever scheduler is first."""

import subprocess
import sys
import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.clock import BusinessClock
from api.settings import child_environment
from api.usecases.day.close_day import Closed
from api.usecases.day.run_day import run_day
from api.usecases.day.run_due_days import run_due_days, run_with, schedule_of
from engine.errors import RunError
from storage.database import Database
from storage.tables.loads import Load
from storage.tables.owners import Portfolio
from tests.chaos.running import until
from tests.factories.book import BookFactory

HOME = ZoneInfo("America/Mexico_City")
FRIDAY = date(2026, 11, 13)


class Office:
    """A portfolio with a schedule, its clock, and what its scheduler did."""

    def __init__(self, url: str, folder: Path, **settings: object) -> None:
        self.database, self.folder = Database(url), folder
        schedule = {"run_at": "06:30", "cut_off": "10:00", "book_fresh_days": 1}
        self.book = BookFactory(self.database, settings=schedule | settings)
        self.book.account(self.book.person())
        self.clock = BusinessClock(self.database)

    def at(self, hour: str, day: date = FRIDAY) -> list[Closed]:
        """Let it be this hour in Mexico City, and the scheduler look once."""
        self.clock.set(datetime.fromisoformat(f"{day}T{hour}:00").replace(tzinfo=HOME), speed=0.0)
        return self.look()

    def look(self) -> list[Closed]:
        return run_due_days(
            self.database, self.clock, run_with(self.database, str(self.folder), lambda: None)
        )

    def load(self, as_of: date, rows: int = 1, scope: str = "full") -> None:
        """Note an accepted load of accounts."""
        with self.database.session() as session:
            session.add(
                Load(
                    portfolio_id=self.book.portfolio_id, kind="accounts", scope=scope, as_of=as_of,
                    source="libro.csv", content_hash=f"{as_of}{rows}", rows=rows, accepted=rows,
                    state="accepted",
                )
            )  # fmt: skip

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.database.connection() as connection:
            return connection.execute(query).fetchall()

    def runs(self) -> list[tuple[str, str]]:
        return self.rows("SELECT business_date::text, state FROM run ORDER BY business_date")


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    return Office(database_url, tmp_path)


def test_a_date_runs_at_its_hour_and_only_once(office: Office) -> None:
    office.load(FRIDAY)
    assert office.at("06:29") == []
    assert [closed.state for closed in office.at("06:31")] == ["closed"]
    assert office.look() == office.at("18:00") == []
    assert office.runs() == [("2026-11-13", "closed")]


def test_a_portfolio_without_an_hour_is_run_by_hand(database_url: str, tmp_path: Path) -> None:
    office = Office(database_url, tmp_path, run_at=None)
    assert office.at("12:00") == []
    assert office.runs() == []


def test_yesterdays_book_makes_the_date_wait_until_a_fresh_one_is_there(office: Office) -> None:
    office.load(FRIDAY - timedelta(days=2))
    assert office.at("06:30") == []
    assert "more than 1 days" in office.rows("SELECT details->'prueba'->>'waits' FROM heartbeat")[0][0]
    office.load(FRIDAY)
    assert [closed.day for closed in office.at("08:10")] == [FRIDAY]


def test_no_book_by_the_cut_off_is_an_alarm_once_and_a_person_may_still_run_the_date(office: Office) -> None:
    office.load(FRIDAY - timedelta(days=2))
    assert office.at("10:00") == office.at("10:05") == []
    assert office.runs() == [("2026-11-13", "skipped")]
    assert office.rows("SELECT kind, subject FROM ledger") == [("run.not_opened", "portfolio:prueba")]
    assert office.rows("SELECT details->'prueba' ? 'alarm' FROM heartbeat WHERE name = 'schedule'") == [
        (True,)
    ]
    office.load(FRIDAY)
    assert run_day(office.database, "prueba", FRIDAY, snapshots_url=str(office.folder)).state == "closed"


def test_a_date_nobody_could_run_is_skipped_and_the_newest_runs(office: Office) -> None:
    office.load(FRIDAY)
    office.at("07:00")
    monday = FRIDAY + timedelta(days=3)
    office.load(monday)
    assert [closed.day for closed in office.at("11:00", monday)] == [monday]
    assert [state for _, state in office.runs()] == ["closed", "skipped", "skipped", "closed"]


@pytest.mark.criterion("R8")
def test_two_schedulers_at_once_run_a_date_once(office: Office) -> None:
    office.load(FRIDAY)
    office.at("05:00")
    office.clock.set(datetime(2026, 11, 13, 7, tzinfo=HOME), speed=0.0)
    both = [threading.Thread(target=office.look) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert office.runs() == [("2026-11-13", "closed")]
    assert office.rows("SELECT count(*) FROM ledger WHERE kind = 'run.opened'") == [(1,)]
    assert office.rows("SELECT tries FROM run_shard") == [(1,)]


@pytest.mark.criterion("R8")
def test_the_day_is_the_one_of_the_portfolios_place(office: Office) -> None:
    office.load(FRIDAY)
    office.clock.set(datetime.fromisoformat("2026-11-14T05:30:00+00:00"), speed=0.0)  # still the 13th there
    assert [closed.day for closed in office.look()] == [FRIDAY]


def test_half_a_file_is_not_worked(office: Office) -> None:
    office.load(FRIDAY - timedelta(days=1), rows=1000)
    office.load(FRIDAY, rows=699)
    with pytest.raises(RunError, match=r"run.few_rows.*brought 699 accounts, the one before 1000"):
        run_day(office.database, "prueba", FRIDAY, snapshots_url=str(office.folder))
    assert office.runs() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE account SET missing = true WHERE id % 2 = 0", "run.few_rows"),
        ("UPDATE account SET amount_to_cure = 500, effective_due_on = '2026-11-01'", "run.many_arrears"),
    ],
)
def test_a_book_whose_counts_jump_since_the_last_date_is_not_worked(
    office: Office, change: str, code: str
) -> None:
    _crowd(office, 250)
    office.load(FRIDAY, rows=250)
    office.at("07:00")
    with office.database.connection() as connection:
        connection.execute(change)
    saturday = FRIDAY + timedelta(days=1)
    office.load(saturday, rows=250)
    with pytest.raises(RunError) as refusal:
        run_day(office.database, "prueba", saturday, snapshots_url=str(office.folder))
    assert refusal.value.code == code
    allowed = {
        "run.few_rows": ("book_min_rows_rate", 0.1),
        "run.many_arrears": ("book_max_arrears_factor", 999),
    }
    with office.database.session() as session:
        portfolio = session.get_one(Portfolio, office.book.portfolio_id)
        portfolio.settings = {**portfolio.settings, allowed[code][0]: allowed[code][1]}
    assert run_day(office.database, "prueba", saturday, snapshots_url=str(office.folder)).state == "closed"


def test_an_hour_nobody_can_read_is_said() -> None:
    with pytest.raises(RunError, match=r"run\.schedule"):
        schedule_of({"run_at": "a las seis"}, "prueba")


def test_the_scheduler_process_runs_what_is_due_and_ends_in_order(office: Office, redis_url: str) -> None:
    office.load(FRIDAY)
    office.clock.set(datetime(2026, 11, 13, 7, tzinfo=HOME), speed=0.0)
    environment = child_environment(
        DATABASE_URL=office.database.url, REDIS_URL=redis_url, CADENCIA_SNAPSHOTS_URL=str(office.folder)
    )
    scheduler = subprocess.Popen([sys.executable, "-m", "api.worker", "scheduler"], env=environment)
    try:
        until(lambda: office.runs() == [("2026-11-13", "closed")])
        scheduler.terminate()
        assert scheduler.wait(30) == 0
    finally:
        scheduler.kill()
        scheduler.wait()


def _crowd(office: Office, accounts: int) -> None:
    """So many accounts of one person, none of them past due."""
    person = office.book.person()
    with office.database.connection() as connection:
        connection.execute(
            "INSERT INTO account (portfolio_id, creditor_id, person_id, shard, number, effective_due_on)"
            " SELECT %s, %s, %s, 0, 'M-' || n, '2026-12-01' FROM generate_series(1, %s) n",
            [office.book.portfolio_id, office.book.creditor_id, person, accounts],
        )
