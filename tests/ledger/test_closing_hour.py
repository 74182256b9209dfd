"""The window closes while messages are going out: none is accepted after its last lawful second."""

import asyncio
from datetime import timedelta

import orjson
import pytest

from api.clock import BusinessClock
from api.delivery.sender import SenderProcess
from channels.simulator import Simulator
from channels.simulator.clock import ClockSetting
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel, MessageState
from tests.delivery.world import CLOSING, World


@pytest.mark.criterion("R8")
def test_nothing_is_accepted_once_the_window_has_closed(database_url: str) -> None:
    world = World(database_url).found().lanes(1, per_second=40)
    world.debtors(400)
    clock = BusinessClock(world.database)

    async def story() -> list[float]:
        async with Simulator() as simulator:
            provider = WhatsAppCloud(simulator.whatsapp_url, "token")
            process = SenderProcess(world.database, {Channel.WHATSAPP: provider}, clock, worker="out-cierre")
            begins = clock.set(CLOSING - timedelta(seconds=8))
            simulator.clock.setting = ClockSetting(
                business_epoch=begins.business_at.timestamp(),
                real_epoch=begins.real_at.timestamp(),
                speed=1.0,
            )
            running = asyncio.create_task(process.run())
            while clock.now() < CLOSING + timedelta(seconds=1.5):
                await asyncio.sleep(0.1)
            process.stop()
            await running
            await provider.close()
            return [orjson.loads(raw)["business_at"] for raw in simulator.ledger.accepted_since(0)]

    accepted = asyncio.run(story())
    assert accepted
    assert max(accepted) < CLOSING.timestamp()
    assert world.states().keys() == {MessageState.QUEUED, MessageState.ACCEPTED}
