"""Daily runs in processes that a test may kill, and what two installations decided, side by side.

An installation is a database copied from one that is ready: the demo book, its strategies, one date run
and nothing delivered. Copies share every id and every row's place, and their clock stands still: what
two of them decide on the next date must be equal, whatever happened on the way.
"""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql

from api.clock import BusinessClock
from api.demo.play import SENDERS
from api.usecases.book.load_demo_book import PORTFOLIO, load_demo_book
from api.usecases.day.run_day import run_day
from api.usecases.strategies.publish_strategy import publish_strategy
from api.usecases.templates.save_templates import save_templates
from channels.templates import ready_templates
from storage.database import Database

FIRST, NEXT = date(2026, 11, 13), date(2026, 11, 17)
HOME = ZoneInfo("America/Mexico_City")
STRATEGIES = Path(__file__).parents[2] / "examples" / "strategies"
SHARDS = 4

# A server that only imports: each run is forked from it, as the children of a day worker are.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["api.cli.app", "api.day_workers", "api.usecases.day.run_day"])


def found(url: str, folder: Path, accounts: int) -> None:
    """Make an empty database ready: book, templates, strategies, senders, and the first date run."""
    database = Database(url)
    load_demo_book(database, limit=accounts)
    save_templates(database, ready_templates().values())
    for name in ("mora-1-30", "preventiva"):
        document = (STRATEGIES / f"{name}.json").read_bytes()
        publish_strategy(database, PORTFOLIO, document, by="ana", approved_by="beto")
    with database.connection() as connection:
        connection.cursor().executemany(
            "INSERT INTO sender (lane, channel, portfolio_id, address) SELECT %s, %s, id, %s FROM portfolio",
            [(lane, int(channel), address) for lane, (channel, address) in enumerate(SENDERS, start=1)],
        )
        connection.execute(
            "UPDATE portfolio SET settings = settings || jsonb_build_object('accounts_per_shard', %s::int)",
            [-(-accounts // SHARDS)],
        )
    clock = BusinessClock(database)
    clock.set(datetime(FIRST.year, FIRST.month, FIRST.day, 6, 30, tzinfo=HOME), speed=0.0)
    run_day(database, PORTFOLIO, FIRST, snapshots_url=str(folder))
    clock.set(datetime(NEXT.year, NEXT.month, NEXT.day, 6, 30, tzinfo=HOME), speed=0.0)


def copy(url: str, name: str) -> str:
    """A copy of a database nobody is connected to; its address."""
    original = url.split("?")[0].rsplit("/", 1)[1]
    with psycopg.connect(url.replace(f"/{original}?", "/cadencia?"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(original))
        )
        # A copied sequence believes its next 32 numbers logged, which a crash before a checkpoint disproves.
        connection.execute("CHECKPOINT")
    return url.replace(f"/{original}?", f"/{name}?")


@dataclass
class Installation:
    """One copy, its snapshots, and the processes that run its date."""

    url: str
    redis_url: str
    folder: Path
    running: list[Any] = field(default_factory=list)
    judged: int = 0
    workers_killed: int = 0

    @property
    def kills(self) -> int:
        """How many of its runs and workers died of SIGKILL."""
        return self.workers_killed + [process.exitcode for process in self.running].count(KILLED)

    @property
    def database(self) -> Database:
        return Database(self.url)

    def run_here(self) -> None:
        """Run the date in this process, undisturbed."""
        run_day(self.database, PORTFOLIO, NEXT, snapshots_url=str(self.folder))

    def start(self, crash_at: str = "") -> Any:
        """Begin ``cadencia run-day`` in a process of its own, told to die at a numbered point or not."""
        environment = {
            "DATABASE_URL": self.url,
            "REDIS_URL": self.redis_url,
            "CADENCIA_SNAPSHOTS_URL": str(self.folder),
            "CADENCIA_DATA_DIR": str(self.folder),
            "CADENCIA_CRASH_AT": crash_at,
        }
        process = _PROCESSES.Process(target=command, args=(environment,))
        process.start()
        self.running.append(process)
        return process

    def run(self, crash_at: str = "") -> int:
        """The same to its end; the exit code, negative for the signal it died of."""
        process = self.start(crash_at)
        process.join(60)
        assert process.exitcode is not None, "the run does not end"
        return int(process.exitcode)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of this installation."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, values).fetchall()

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.running:
            if process.is_alive():
                process.kill()
            process.join()


def command(environment: Mapping[str, str]) -> None:
    """``cadencia run-day --json``, in the process it is to be."""
    from api.cli.app import run

    os.environ.update(environment)
    os.setpgrp()
    raise SystemExit(run(["run-day", "--portfolio", PORTFOLIO, "--date", str(NEXT), "--json"]))


KILLED = -signal.SIGKILL

# An enrolment's number comes from a sequence, which no crash gives back: it stands here as what it names.
_ENROLMENT = "(SELECT (e.account_id, e.strategy_id, e.entry_no) FROM enrolment e WHERE e.id = {})"
_DECIDED = {
    "messages": "SELECT id, local_on, creditor_id, person_id, shard, channel, purpose, relation, template_id,"
    " variant, strategy_id, country, lane, priority, leg, send_at, expires_at, state, released, run_id,"
    " epoch, reason FROM message",
    "items": f"SELECT {_ENROLMENT.format('i.cause_id')}, cause_kind, node, visit, addressee_id, leg,"
    " message_id, local_on, account_id, amount, variant, covered, attempt, alive FROM message_item i",
    "enrolments": "SELECT account_id, person_id, strategy_id, version_id, entry_no, episode, node, state,"
    " visit, due_on, entered_on, arrived_on, anchor_at, signal, holdout, deferrals, ended_on, outcome,"
    " revision FROM enrolment",
    "slots": "SELECT person_id, local_on, message_id FROM slot",
    "verdicts": f"SELECT {_ENROLMENT.format('v.enrolment_id')}, decided_on, node, account_id, run_id,"
    " outcome, reason, until_on FROM verdict v",
    "effects": f"SELECT {_ENROLMENT.format('f.cause_id')}, cause_kind, node, visit, kind, account_id,"
    " details, state FROM effect f",
    "exposures": "SELECT experiment, person_id, arm, exposed_on FROM exposure",
    "close": "SELECT run_id, shard, bucket, reason, accounts FROM close_figure",
    "passages": "SELECT run_id, shard, version_id, node, port, currency, accounts, amount FROM passage",
    "runs": "SELECT id, business_date, state, shards, accounts, manifest, fuse FROM run",
    "shards": "SELECT run_id, shard, state FROM run_shard",
    "lines": "SELECT kind, subject, count(*) FROM ledger GROUP BY 1, 2",
}


def decisions(installation: Installation) -> dict[str, list[str]]:
    """Everything an installation decided, as sorted rows of text: equal texts are equal bytes."""
    return {
        name: [row for (row,) in installation.rows(f"SELECT d::text FROM ({query}) d ORDER BY 1")]
        for name, query in _DECIDED.items()
    }


def judge(installation: Installation, undisturbed: Mapping[str, list[str]]) -> None:
    """The same was decided as without any fault; nobody twice; every account counted once."""
    decided = decisions(installation)
    installation.judged = len(decided["messages"])
    assert decided.keys() == undisturbed.keys()
    for name, rows in decided.items():
        more, less = set(rows) - set(undisturbed[name]), set(undisturbed[name]) - set(rows)
        assert not more and not less, f"{name}: decided besides {more}, not decided {less}"
        assert rows == undisturbed[name], f"{name}: a row stands there more than once"
    twice = installation.rows(
        "SELECT account_id, strategy_id FROM enrolment WHERE state <> 5 GROUP BY 1, 2 HAVING count(*) > 1"
    )
    assert twice == []
    unbalanced = installation.rows(
        "SELECT business_date FROM run r WHERE state <> 'skipped' AND accounts <> "
        "(SELECT sum(accounts) FROM close_figure c WHERE c.run_id = r.id)"
    )
    assert unbalanced == []
