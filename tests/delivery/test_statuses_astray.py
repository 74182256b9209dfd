"""Statuses lost, repeated, shuffled and early (R9): the end is what the provider's ledger says it told us."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from api.demo.stage import free_port
from api.http.webhooks import webhook_routes
from api.inbox.working import InboxWorker
from api.settings import Settings
from channels.simulator import Simulator
from channels.simulator.behaviour import Behaviour
from channels.simulator.faults import Fault, FaultKind
from channels.simulator.ledger import Line
from engine.vocabulary import MessageState
from storage.statuses import RANK
from tests.delivery.test_sender import sending, settled, until
from tests.delivery.world import StillClock, World

TOLD = {
    "sent": MessageState.ACCEPTED,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "failed": MessageState.FAILED,
}
FAULTS = (
    Fault(kind=FaultKind.LOST_WEBHOOK, probability=0.1),
    Fault(kind=FaultKind.REPEATED_WEBHOOK, probability=0.6, times=5),
    Fault(kind=FaultKind.SHUFFLED_WEBHOOKS),
    Fault(kind=FaultKind.LATE_WEBHOOK, probability=0.3, seconds=(0.1, 1.0)),
    Fault(kind=FaultKind.LATENCY, probability=0.2, seconds=(0.5, 1.5)),  # told before the answer is stored
)


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """The webhook routes on a port, in a thread."""
    app = FastAPI()
    app.include_router(webhook_routes(settings))
    server = uvicorn.Server(uvicorn.Config(app, port=settings.api_port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def furthest(lines: list[Line]) -> dict[str, MessageState]:
    """The furthest state of each message that a post we answered with 200 has told."""
    found: dict[str, MessageState] = {}
    for line in lines:
        state = TOLD.get(line["state"])
        if state is None or line["outcome"] != "200":
            continue
        known = found.get(line["message_id"], MessageState.ACCEPTED)
        found[line["message_id"]] = max(known, state, key=RANK.__getitem__)
    return found


@pytest.mark.criterion("R9")
def test_the_end_is_the_furthest_state_the_provider_told(world: World, tmp_path: Path) -> None:
    messages = world.debtors(60)
    settings = Settings(
        DATABASE_URL=world.url, api_port=free_port(), whatsapp_app_secret=SecretStr("simulator-app-secret")
    )

    async def story() -> dict[str, MessageState]:
        async with Simulator(seed=7) as simulator:
            simulator.callbacks.settings.whatsapp_url = f"{settings.api_url}/webhooks/whatsapp"
            simulator.callbacks.settings.batch = 20
            simulator.behaviours.add(
                Behaviour(
                    failed_rate=0.1, failed_code="131026", read_rate=0.5, sent_after_s=(0.0, 0.1),
                    delivered_after_s=(0.1, 0.4), read_after_s=(0.2, 0.8),
                )
            )  # fmt: skip
            for fault in FAULTS:
                simulator.faults.add(fault)
            stopping, worker = asyncio.Event(), InboxWorker(world.database, StillClock())
            working = asyncio.create_task(worker.run(stopping))
            async with sending(world, simulator):
                await until(lambda: settled(world), within_s=60.0)
                await until(lambda: simulator.callbacks.waiting == 0, within_s=60.0)
            await until(lambda: world.rows("SELECT 1 FROM inbox WHERE state = 'new'") == [], within_s=60.0)
            stopping.set()
            await working
            worker.close()
            lines = [orjson.loads(raw) for raw in simulator.ledger.recent_webhooks()]
            assert {line["outcome"] for line in lines} >= {"200", "lost"}
            assert simulator.ledger.summary()["duplicates"] == {}
            return furthest(lines)

    with serving(settings):
        told = asyncio.run(story())
    ours = {str(m): state for m, state in world.rows("SELECT id, state FROM message")}
    assert ours == {str(m): told.get(str(m), MessageState.ACCEPTED) for m in messages}
    assert len(set(ours.values())) >= 3
    told_twice = world.rows(
        "SELECT account_id, kind FROM account_event GROUP BY account_id, kind HAVING count(*) > 1"
    )
    assert told_twice == []
