"""Plays 13 to 17 November 2026: each day the run, what people do, the deliveries, the close."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import sleep
from zoneinfo import ZoneInfo

from api.clock import system_now
from api.day_workers import DayWorkers
from api.demo import checks, mailboxes, telling, unreachable, users
from api.demo.cast import Cast, choose_cast
from api.demo.delivering import deliver
from api.demo.happenings import after_messages, before_messages, wait_for_statuses
from api.demo.stage import Stage, open_stage
from api.usecases.book.load_demo_book import PORTFOLIO, load_demo_book
from api.usecases.day.run_day import run_day
from api.usecases.strategies.publish_strategy import publish_strategy
from api.usecases.templates.save_templates import save_templates
from channels.templates import ready_templates
from engine.vocabulary import Channel

HOME = ZoneInfo("America/Mexico_City")
DAYS = tuple(date(2026, 11, day) for day in range(13, 18))
STRATEGIES = Path(__file__).resolve().parents[2] / "examples" / "strategies"
SENDERS = (
    (Channel.WHATSAPP, "525500000001"),
    (Channel.WHATSAPP, "525500000002"),
    (Channel.SMS, "525500000003"),
    (Channel.EMAIL, "cobranza@bancodemo.example"),
)
"""The demo's own numbers and mailbox; the simulator answers for them."""

AFTERNOON_SPEED = 900.0
"""Business seconds per second while the answers come back."""


def play(say: Callable[[str], None], *, accounts: int | None = None, started_at: float | None = None) -> None:
    """Set the stage, play the days and tell them; a story that is not true in the tables is an error."""
    with open_stage(_at(DAYS[0] - timedelta(days=1), time(20))) as stage:
        loaded = load_demo_book(stage.database, limit=accounts)
        say(f"Cartera: {telling.number(loaded.accounts)} cuentas, {telling.number(loaded.persons)} personas.")
        _prepare(stage)
        users.add_demo_users(stage.database, stage.clock)
        if started_at is not None:
            say(f"Listo {system_now().timestamp() - started_at:.0f} s después de `make demo`.")
        cast = choose_cast(stage.database, loaded.roles)
        for day in DAYS:
            _play_day(stage, day, cast, say)
        for line in telling.the_week(stage, cast, DAYS):
            say(line)
        checks.all_true(stage, cast, DAYS)
        say("Véalo en pantalla: `make demo-screens` abre http://127.0.0.1:8501 sobre esta cartera.")
        for line in users.told():
            say(line)
        mailboxes.name_them(stage)
        say(f"El buzón de cada persona abre con las pantallas en {mailboxes.ADDRESS}")
        say(f"La bitácora del proveedor: {stage.simulator.ledger_path}")


def _prepare(stage: Stage) -> None:
    save_templates(stage.database, ready_templates().values())
    mailboxes.register(stage)
    for file in sorted(STRATEGIES.glob("*.json")):
        document = file.read_bytes()
        if file.stem == "mora-1-30":
            document = unreachable.with_fallback(document)
        publish_strategy(stage.database, PORTFOLIO, document, by="ana", approved_by="beto")
    with stage.database.connection() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO sender (lane, channel, portfolio_id, address)"
            " SELECT %s, %s, id, %s FROM portfolio WHERE key = %s",
            [
                (lane, int(channel), address, PORTFOLIO)
                for lane, (channel, address) in enumerate(SENDERS, start=1)
            ],
        )


def _play_day(stage: Stage, day: date, cast: Cast, say: Callable[[str], None]) -> None:
    """06:30 the run, then what people do before any message; at noon the messages, then the answers."""
    stage.move_clock(_at(day, time(6, 30)))
    workers = DayWorkers(stage.database, stage.redis_url)
    closed = run_day(
        stage.database,
        PORTFOLIO,
        day,
        snapshots_url=stage.snapshots,
        work=workers.work if workers.alive() else None,
    )
    say("")
    say(f"{telling.weekday(day)} {day:%d-%m-%Y}{telling.remark(day)}")
    say(f"  {closed.sentence()}")
    for line in before_messages(stage, cast, day):
        say(f"  {line}")
    stage.move_clock(_at(day, time(12)))
    deliver(stage, sleep)
    stage.move_clock(stage.clock.now(), AFTERNOON_SPEED)
    for line in after_messages(stage, cast, day):
        say(f"  {line}")
    wait_for_statuses(stage, day)
    for line in telling.the_day(stage, day):
        say(f"  {line}")


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, HOME)
