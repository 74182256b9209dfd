"""Plays a random world over several dates: runs, happenings, and deliveries to a provider that misbehaves.

One asyncio loop holds the simulator (HTTP and SMTP), the senders and this director; the API that takes
the webhooks serves from a thread. Business time runs at the pace of real time while messages go out, and
jumps in between, when no message is on its way.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn

from api.clock import BusinessClock
from api.clock import ClockSetting as ServiceClockSetting
from api.delivery.providers import open_senders
from api.delivery.sender import SENDER_NAMES, SenderProcess
from api.demo.stage import free_port
from api.http.app import create_app
from api.inbox.working import InboxWorker
from api.settings import Settings
from api.usecases.day.apply_outcomes import apply_outcomes
from api.usecases.day.evaluate_now import evaluate_new_events
from api.usecases.day.run_day import run_day
from api.usecases.day.work_timers import work_timers
from api.usecases.strategies.publish_strategy import publish_strategy
from api.usecases.templates.save_templates import save_templates
from channels.simulator import Simulator, read_ledger
from channels.simulator.behaviour import Behaviour
from channels.simulator.clock import ClockSetting
from channels.simulator.faults import Fault, FaultKind
from channels.simulator.ledger import Line
from engine.errors import StrategyError
from engine.vocabulary import Channel, MessageState
from storage.database import Database
from storage.person_lock import own_shards
from storage.runs import RELEASED
from tests.ledger.diary import Closing, Diary
from tests.ledger.happenings import Happenings
from tests.ledger.population import Population
from tests.ledger.strategies import draw_strategy, plain_strategy
from tests.ledger.templates import templates

PATIENCE_S = 30.0
CHANNELS = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)
HOURS = (time(6), time(7), time(9, 30), time(13), time(18, 59, 58), time(19, 59, 58), time(21, 59, 58))
"""When messages are let out: some just before a window closes, in the zone of somebody in the book."""

FAULTS = (
    Fault(kind=FaultKind.TOO_MANY_REQUESTS, probability=0.05, retry_after_s=0.2),
    Fault(kind=FaultKind.UNAVAILABLE, probability=0.03, retry_after_s=0.2),
    Fault(kind=FaultKind.ERROR_BEFORE, probability=0.03),
    Fault(kind=FaultKind.ERROR_AFTER, probability=0.03),
    Fault(kind=FaultKind.DROP_BEFORE, probability=0.03),
    Fault(kind=FaultKind.DROP_AFTER, probability=0.03),
    Fault(kind=FaultKind.GARBAGE, probability=0.02),
    Fault(kind=FaultKind.REFUSE, probability=0.02),
    Fault(kind=FaultKind.LATENCY, probability=0.2, seconds=(0.01, 0.2)),
    Fault(kind=FaultKind.LOST_WEBHOOK, probability=0.1),
    Fault(kind=FaultKind.REPEATED_WEBHOOK, probability=0.2, times=3),
    Fault(kind=FaultKind.LATE_WEBHOOK, probability=0.1, seconds=(60, 86_400)),
    Fault(kind=FaultKind.SHUFFLED_WEBHOOKS, probability=0.3),
)


@dataclass(frozen=True)
class Plot:
    """What a story is about: its seed, its dates, how many people, how many senders and sittings a date."""

    seed: int
    start: date
    dates: int
    people: int
    senders: int = 1
    sittings: int = 2


@dataclass(frozen=True)
class Ending:
    """What is left to judge: the ledger's lines and the diary."""

    lines: list[Line]
    diary: Diary


def play(plot: Plot, database_url: str, redis_url: str, folder: Path) -> Ending:
    """Play a story to its end."""
    story = Story(plot, database_url, redis_url, folder)
    asyncio.run(story.play())
    return Ending(read_ledger(folder / "ledger.jsonl"), story.diary)


class Story:
    """One world and its director."""

    def __init__(self, plot: Plot, database_url: str, redis_url: str, folder: Path) -> None:
        self.plot, self.folder, self.redis_url = plot, folder, redis_url
        self.chance = Random(plot.seed)
        self.database = Database(database_url)
        self.clock = BusinessClock(self.database)
        self.clock.set(datetime.combine(plot.start, time(0), ZoneInfo("UTC")), 0.0)
        self.population = Population(self.database, self.clock, self.chance, plot.start)
        self.diary = self.population.settle(plot.people)
        self.happenings = Happenings(self.database, self.clock, self.chance, self.population)
        self._open_lanes()
        self._publish()

    async def play(self) -> None:
        """Every date in turn, then one sitting more for what came late."""
        simulator = Simulator(ledger_path=self.folder / "ledger.jsonl", seed=self.plot.seed)
        async with simulator:
            settings = self._settings(simulator)
            simulator.callbacks.settings.whatsapp_url = f"{settings.api_url}/webhooks/whatsapp"
            simulator.callbacks.settings.sms_url = f"{settings.api_url}/webhooks/sms"
            self._misbehave(simulator)
            with serving(settings):
                async with self._sending(settings) as senders:
                    for number in range(self.plot.dates):
                        await self._date(number, simulator, senders)

    async def _date(self, number: int, simulator: Simulator, senders: list[SenderProcess]) -> None:
        """The runs of one date at some hour, then sittings at later instants of it."""
        day = self.plot.start + timedelta(days=number)
        if number and self.chance.random() < 0.1:
            return  # nobody ran that day
        ran_at = self._local(day, time(self.chance.choice((0, 3, 5, 6, 8, 11)), self.chance.randint(0, 59)))
        await self._move_to(max(ran_at, self.clock.now()), simulator)
        for portfolio in self.diary.portfolios:
            await asyncio.to_thread(self._run, portfolio, day)
        for instant in sorted(self._instants(day)):
            if instant > self.clock.now():
                for _ in range(3):
                    await asyncio.to_thread(self.happenings.happen)
                await self._sit(instant, simulator, senders)

    def _instants(self, day: date) -> list[datetime]:
        """One in the middle of the day, then hours at random people's places: every edge is met in time."""
        hours = [time(12), *(self.chance.choice(HOURS) for _ in range(self.plot.sittings - 1))]
        zones = [self.chance.choice(self.diary.debtors).place.zones[0] for _ in hours]
        return [datetime.combine(day, hour, ZoneInfo(zone)) for hour, zone in zip(hours, zones, strict=True)]

    def _run(self, portfolio: str, day: date) -> None:
        closed = run_day(self.database, portfolio, day, snapshots_url=str(self.folder / "snapshots"))
        counted = sum(accounts for _, _, accounts in closed.figures)
        self.diary.closings.append(Closing(portfolio, day, closed.state, counted))

    async def _sit(self, instant: datetime, simulator: Simulator, senders: list[SenderProcess]) -> None:
        """Let messages out from an instant on while things happen; ends when nothing due is left."""
        await self._move_to(instant, simulator, speed=1.0)
        for sender in senders:
            sender.doorbell.set()
        for _ in range(3):
            await asyncio.sleep(self.chance.uniform(0.05, 0.2))
            await asyncio.to_thread(self.happenings.happen)
        for _ in range(2):  # what came back, and what it called for
            async with asyncio.timeout(PATIENCE_S):
                while await asyncio.to_thread(self._busy):
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(self._take_up)
        await self._move_to(self.clock.now(), simulator)

    def _take_up(self) -> None:
        """What the worker of what comes back does when the sweep rings for it."""
        for portfolio_id in self.population.portfolios.values():
            apply_outcomes(self.database, portfolio_id)
        evaluate_new_events(self.database)
        work_timers(self.database)

    async def _move_to(self, instant: datetime, simulator: Simulator, speed: float = 0.0) -> None:
        """Move both business clocks while no message is on its way and no guard can begin."""
        async with asyncio.timeout(PATIENCE_S):
            setting = await asyncio.to_thread(self._jump, instant, speed)
        simulator.clock.setting = ClockSetting(
            business_epoch=setting.business_at.timestamp(),
            real_epoch=setting.real_at.timestamp(),
            speed=setting.speed,
        )

    def _jump(self, instant: datetime, speed: float) -> ServiceClockSetting:
        """Senders guard under shared person shards: owning all of them, only begun posts are waited for."""
        with self.database.connection() as connection:
            own_shards(connection, range(256))
            while _any(self.database, "state = %s", int(MessageState.SENDING)):
                sleep(0.02)
            return self.clock.set(instant, speed)

    def _busy(self) -> bool:
        """Whether a message is due or on its way."""
        now, on_its_way = self.clock.now(), [int(MessageState.LEASED), int(MessageState.SENDING)]
        return _any(
            self.database,
            f"state = ANY(%s) OR state = %s AND {RELEASED} AND send_at <= %s AND expires_at > %s",
            on_its_way, int(MessageState.QUEUED), now, now,
        )  # fmt: skip

    def _misbehave(self, simulator: Simulator) -> None:
        for fault in FAULTS:
            simulator.faults.add(fault)
        for text, digit in (("BAJA", "1"), ("Stop", "2"), ("mañana pago", "3")):
            for debtor in self.diary.debtors:
                if debtor.phone.endswith(digit):
                    simulator.behaviours.add(
                        Behaviour(to=debtor.phone, failed_rate=0.05, reply_rate=0.5, reply=text)
                    )

    @asynccontextmanager
    async def _sending(self, settings: Settings) -> AsyncIterator[list[SenderProcess]]:
        providers = open_senders(settings)
        senders = [
            SenderProcess(
                self.database, providers, self.clock, worker=f"{SENDER_NAMES}{number}",
                on_settled=lambda portfolio_id: apply_outcomes(self.database, portfolio_id),
            )
            for number in range(self.plot.senders)
        ]  # fmt: skip
        running = [asyncio.create_task(sender.run()) for sender in senders]
        inbox, leaving = InboxWorker(self.database, self.clock), asyncio.Event()
        running.append(asyncio.create_task(inbox.run(leaving)))
        try:
            yield senders
        finally:
            leaving.set()
            for sender in senders:
                sender.stop()
            await asyncio.gather(*running)
            for provider in providers.values():
                await provider.close()

    def _settings(self, simulator: Simulator) -> Settings:
        return Settings(
            database_url=self.database.url,
            redis_url=self.redis_url,
            api_port=free_port(),
            whatsapp_url=simulator.whatsapp_url,
            whatsapp_token="token",
            whatsapp_app_secret=simulator.callbacks.settings.app_secret,
            twilio_url=simulator.url,
            twilio_account_sid="ACprueba",
            twilio_token=simulator.callbacks.settings.auth_token,
            smtp_host=simulator.host,
            smtp_port=simulator.smtp_port,
            smtp_tls="offered",
            log_level="error",
        )

    def _open_lanes(self) -> None:
        """A number and a mailbox for each portfolio; slow enough that things happen while they send."""
        lane = 0
        with self.database.connection() as connection:
            for portfolio_id in self.population.portfolios.values():
                for channel in CHANNELS:
                    lane += 1
                    address = (
                        f"cobranza{lane}@banco.example" if channel is Channel.EMAIL else f"5255{lane:08}"
                    )
                    connection.execute(
                        "INSERT INTO sender (lane, channel, portfolio_id, address, per_second)"
                        " VALUES (%s, %s, %s, %s, 15)",
                        [lane, int(channel), portfolio_id, address],
                    )

    def _publish(self) -> None:
        save_templates(self.database, templates())
        for portfolio in self.diary.portfolios:
            for number in range(self.chance.randint(1, 3)):
                self._publish_one(portfolio, f"{portfolio}-{number}")

    def _publish_one(self, portfolio: str, key: str) -> None:
        """The first shape drawn that the service lets through."""
        for _ in range(20):
            try:
                document = draw_strategy(self.chance, key)
                publish_strategy(self.database, portfolio, document, by="ana", approved_by="beto")
            except StrategyError:
                continue
            return
        publish_strategy(self.database, portfolio, plain_strategy(key), by="ana", approved_by="beto")

    def _local(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, ZoneInfo(self.diary.portfolios["uno"][1]))


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """The API in a thread, from its first answer to the end of the block."""
    config = uvicorn.Config(create_app(settings), port=settings.api_port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def _any(database: Database, condition: str, *values: Any) -> bool:
    with database.connection() as connection:
        found = connection.execute(f"SELECT 1 FROM message m WHERE {condition} LIMIT 1", values).fetchone()
    return found is not None
