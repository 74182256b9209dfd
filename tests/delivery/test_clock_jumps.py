"""A clock that jumps (R8): whatever it says, nothing is accepted outside the window of its own time."""

import asyncio
from datetime import datetime, timedelta

import pytest

from api.delivery.sender import SenderProcess
from channels.simulator import Simulator
from channels.simulator.clock import ClockSetting
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel
from tests.delivery.test_sender import accepted, until
from tests.delivery.world import CLOSING, NOON, StillClock, World

OPENING = NOON.replace(hour=13)


@pytest.mark.criterion("R8")
def test_nothing_leaves_while_the_clock_says_that_the_window_is_closed(world: World) -> None:
    world.debtors(120)
    world.do("UPDATE sender SET per_second = 20")
    world.do("UPDATE message SET send_at = %s", OPENING - timedelta(hours=6))
    clock = StillClock()

    async def story() -> None:
        async with Simulator() as simulator:
            provider = WhatsAppCloud(simulator.whatsapp_url, "token")
            process = SenderProcess(world.database, {Channel.WHATSAPP: provider}, clock, worker="out-r8")

            def jump(to: datetime) -> None:
                clock.at = to
                simulator.clock.setting = ClockSetting(business_epoch=to.timestamp(), speed=0.0)

            jump(OPENING + timedelta(minutes=1))
            running = asyncio.create_task(process.run())
            await until(lambda: len(accepted(simulator)) >= 10)
            for closed in (OPENING - timedelta(hours=2), CLOSING + timedelta(hours=2)):
                jump(closed)
                await asyncio.sleep(0.5)  # what was cleared before is posted within half a second
                before = len(accepted(simulator))
                await asyncio.sleep(2.0)
                assert len(accepted(simulator)) == before
                if closed < OPENING:
                    jump(OPENING + timedelta(minutes=2))
                    world.do("UPDATE message SET send_at = %s WHERE state = 1", OPENING)
                    await until(lambda seen=before: len(accepted(simulator)) > seen + 5)  # type: ignore[misc]
            process.stop()
            await running
            await provider.close()
            assert simulator.ledger.summary()["duplicates"] == {}

    asyncio.run(story())
