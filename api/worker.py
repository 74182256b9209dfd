"""The worker processes: ``python -m api.worker day | in | react | out | inbox | scheduler``.

``day``, ``in`` and ``react`` are RQ's forking workers, whose parent only imports: it opens no connection and
runs no column engine before the fork. ``out`` is a long-lived sender, rung by Valkey and polling
besides. ``inbox`` works what providers told us, at once and in no queue, so that a stop waits for nothing.
``scheduler`` sweeps, rings, and runs the dates that are due.
"""

import argparse
import asyncio
import os
import signal
import socket
from contextlib import suppress

import redis
import redis.asyncio
import structlog
import uvloop
from rq import Queue, Worker

from api.clock import BusinessClock
from api.delivery.crash_points import CrashPoints
from api.delivery.freezing import FreezeWatch
from api.delivery.providers import open_senders
from api.delivery.sender import SENDER_NAMES, SenderProcess
from api.delivery.sweeper import SWEEP_S, Sweeper
from api.inbox.told import Told
from api.inbox.working import InboxWorker
from api.index_key import address_index
from api.jobs import preload
from api.logs import configure_logs
from api.master_keys import use_master_keys
from api.portal_links import use_portal_links
from api.scheduling import run_dates
from api.sealing import seal_ledger
from api.settings import Settings, load_settings
from api.template_polling import poll_templates
from api.wording import use_wording
from channels.mail_in import serve_mail
from engine.errors import ServiceError
from storage import domain_events, payment_checks
from storage.database import Database
from storage.queue import SENDERS, Doorbell

log = structlog.get_logger()


def main(arguments: list[str] | None = None) -> None:
    """Run one worker until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="api.worker", description=__doc__)
    parser.add_argument("role", choices=("day", "in", "react", "out", "inbox", "scheduler"))
    parser.add_argument("--lanes", default="", help="only these lanes, as 1,2,3; empty: a fair share of all")
    parser.add_argument("--crash-at", default="", help="for fault runs: the numbered point to die at")
    chosen = parser.parse_args(arguments)
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    use_master_keys(settings)
    use_portal_links(settings)
    use_wording(settings)
    crash = CrashPoints(chosen.crash_at)
    if chosen.role == "out":
        lanes = [int(lane) for lane in chosen.lanes.split(",") if lane]
        uvloop.run(send(settings, lanes or None, crash))
    elif chosen.role == "inbox":
        uvloop.run(work_inbox(settings))
    elif chosen.role == "scheduler":
        uvloop.run(schedule(settings, crash))
    else:
        preload(chosen.role)
        connection = redis.Redis.from_url(settings.redis_url)
        Worker([Queue(chosen.role, connection=connection)], connection=connection).work()


def sweep_once() -> None:
    """One sweep, as a job."""
    settings = load_settings()
    database, doorbell = Database(settings.database_url), Doorbell(settings.redis_url)
    sweeper = Sweeper(database, BusinessClock(database), doorbell)
    sweeper.sweep()
    sweeper.close()
    doorbell.close()


async def send(settings: Settings, lanes: list[int] | None, crash: CrashPoints) -> None:
    """A sender: lanes, posts and the sweep beside them."""
    database = Database(settings.database_url)
    told = Told(database, BusinessClock(database))
    senders = open_senders(settings, told.hear)
    doorbell = Doorbell(settings.redis_url)
    process = SenderProcess(
        database,
        senders,
        BusinessClock(database),
        worker=worker_name(),
        only_lanes=lanes,
        on_settled=lambda portfolio_id: doorbell.ring("delivery.apply", portfolio_id),
        crash=crash,
    )
    _on_signals(process.stop)
    beside = [
        asyncio.create_task(listen(settings.redis_url, process.doorbell)),
        asyncio.create_task(sweep(settings, crash)),
        asyncio.create_task(FreezeWatch().run()),
    ]
    try:
        await process.run()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        for sender in senders.values():
            await sender.close()
        told.close()


async def work_inbox(settings: Settings) -> None:
    """Work what providers told us until told to stop; and listen for mail that comes back."""
    database = Database(settings.database_url)
    worker = InboxWorker(database, BusinessClock(database), address_index(settings))
    told = Told(database, BusinessClock(database))
    stopping = asyncio.Event()
    _on_signals(stopping.set)
    mail = None
    if settings.mail_in_port:
        mail = await serve_mail(told.hear_mail, settings.mail_in_host, settings.mail_in_port)
    doorbell = Doorbell(settings.redis_url)
    try:
        await worker.run(stopping, lambda: ring_for_events(database, doorbell))
    finally:
        doorbell.close()
        if mail is not None:
            mail.close()
        told.close()
        worker.close()


async def schedule(settings: Settings, crash: CrashPoints) -> None:
    """Sweep, seal the ledger and run the dates that fall due until told to stop."""
    stopping = asyncio.Event()
    _on_signals(stopping.set)
    beside = [
        asyncio.create_task(sweep(settings, crash)),
        asyncio.create_task(run_dates(settings)),
        asyncio.create_task(seal_ledger(settings)),
        asyncio.create_task(poll_templates(settings)),
    ]
    await stopping.wait()
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)


async def sweep(settings: Settings, crash: CrashPoints) -> None:
    """Sweep every ``SWEEP_S`` until cancelled."""
    database, doorbell = Database(settings.database_url), Doorbell(settings.redis_url)
    sweeper = Sweeper(database, BusinessClock(database), doorbell, crash)
    try:
        while True:
            try:
                await asyncio.to_thread(sweeper.sweep)
            except ServiceError as trouble:
                log.warning("delivery.sweep", error=str(trouble))
            await asyncio.sleep(SWEEP_S)
    finally:
        sweeper.close()
        doorbell.close()


def ring_for_events(database: Database, doorbell: Doorbell) -> None:
    """Ring for what has just been accepted, so that its reactions do not wait for the next sweep."""
    with database.connection() as connection:
        waiting = domain_events.is_waiting(connection)
        to_ask = payment_checks.is_due(connection)
    if waiting:
        doorbell.ring("react.events")
    if to_ask:
        doorbell.ring("payment.check")


async def listen(redis_url: str, doorbell: asyncio.Event) -> None:
    """Set ``doorbell`` whenever the senders are called; without Valkey the sender's own poll has to do."""
    while True:
        client = redis.asyncio.Redis.from_url(redis_url)
        with suppress(redis.RedisError, OSError):
            async with client.pubsub() as channel:
                await channel.subscribe(SENDERS)
                async for _ in channel.listen():
                    doorbell.set()
        with suppress(redis.RedisError, OSError):
            await client.aclose()
        await asyncio.sleep(1.0)


def worker_name() -> str:
    """Unique among the processes that can be alive at once."""
    return f"{SENDER_NAMES}{socket.gethostname()}-{os.getpid()}"


def _on_signals(stop: "object") -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
