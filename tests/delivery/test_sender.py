"""A sender, a real simulator and a real database: every message once, at the number's pace."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from api.delivery.sender import SenderProcess
from channels.simulator import Simulator
from channels.simulator.faults import Fault, FaultKind
from channels.simulator.ledger import busiest_second
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel, MessageState
from tests.delivery.world import StillClock, World


@asynccontextmanager
async def sending(world: World, simulator: Simulator, **options: Any) -> AsyncIterator[SenderProcess]:
    """A sender process inside this one, stopped at the end."""
    provider = WhatsAppCloud(simulator.whatsapp_url, "token")
    process = SenderProcess(
        world.database, {Channel.WHATSAPP: provider}, StillClock(), worker="out-test", **options
    )
    running = asyncio.create_task(process.run())
    try:
        yield process
    finally:
        process.stop()
        await running
        await provider.close()


async def until(is_so: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait for something another task does."""
    async with asyncio.timeout(within_s):
        while not await asyncio.to_thread(is_so):
            await asyncio.sleep(0.1)


def settled(world: World) -> bool:
    open_states = {MessageState.QUEUED, MessageState.LEASED, MessageState.SENDING}
    return not open_states & world.states().keys()


def accepted(simulator: Simulator) -> list[dict[str, Any]]:
    return [orjson.loads(raw) for raw in simulator.ledger.accepted_since(0)]


def test_every_message_arrives_once_at_the_pace_of_its_number(world: World) -> None:
    messages = world.debtors(90)
    world.do("UPDATE sender SET per_second = 40")

    async def story() -> None:
        async with Simulator() as simulator, sending(world, simulator):
            await until(lambda: settled(world))
            lines = accepted(simulator)
            assert sorted(line["message_id"] for line in lines) == sorted(str(m) for m in messages)
            assert max(busiest_second(lines).values()) <= 44

    asyncio.run(story())
    assert world.states() == {MessageState.ACCEPTED: 90}
    assert world.rows("SELECT count(*) FROM message WHERE provider_id LIKE 'wamid.%%'") == [(90,)]
    assert world.rows("SELECT count(*) FROM sender WHERE owner IS NOT NULL") == [(0,)]


def test_refused_busy_and_lost_answers_end_as_what_is_certain(world: World) -> None:
    refused, busy, dropped = world.debtors(3)
    numbers = dict(world.rows("SELECT m.id, c.value FROM message m JOIN contact_point c USING (person_id)"))

    async def story() -> None:
        async with Simulator() as simulator:
            simulator.faults.add(Fault(kind=FaultKind.REFUSE, to=numbers[refused], code="131026"))
            simulator.faults.add(Fault(kind=FaultKind.TOO_MANY_REQUESTS, to=numbers[busy], next_n=1))
            simulator.faults.add(Fault(kind=FaultKind.DROP_AFTER, to=numbers[dropped], next_n=1))
            async with sending(world, simulator):
                await until(lambda: not sending_now(world))

    asyncio.run(story())
    assert world.state(refused) == (MessageState.FAILED, "provider:131026")
    assert world.state(busy)[0] is MessageState.QUEUED
    assert world.rows("SELECT tries, send_at > %s FROM message WHERE id = %s", StillClock().at, busy) == [
        (1, True)
    ]
    assert world.state(dropped)[0] is MessageState.UNKNOWN
    assert world.rows(
        "SELECT p.reachable_channels FROM person p JOIN message m ON m.person_id = p.id WHERE m.id = %s",
        refused,
    ) == [(0,)]


def sending_now(world: World) -> bool:
    ((waiting,),) = world.rows(
        "SELECT count(*) FROM message WHERE state IN (2, 3) OR state = 1 AND tries = 0"
    )
    return bool(waiting)


@pytest.mark.criterion("R10")
def test_poison_message_fails_alone(world: World) -> None:
    messages = world.debtors(8)
    world.do("UPDATE message SET purpose = 99 WHERE id = %s", messages[3])

    async def story() -> None:
        async with Simulator() as simulator, sending(world, simulator):
            await until(lambda: settled(world))

    asyncio.run(story())
    assert world.states() == {MessageState.ACCEPTED: 7, MessageState.FAILED: 1}
    assert world.state(messages[3])[1].startswith("poison:")


def test_two_senders_share_the_lanes_and_post_each_message_once(world: World) -> None:
    world.lanes_besides(2, 4)
    messages = world.debtors(120, lanes=4)

    async def story() -> None:
        async with Simulator() as simulator:
            provider = WhatsAppCloud(simulator.whatsapp_url, "token")
            processes = [
                SenderProcess(world.database, {Channel.WHATSAPP: provider}, StillClock(), worker=f"out-{n}")
                for n in (1, 2)
            ]
            running = [asyncio.create_task(process.run()) for process in processes]
            await until(lambda: settled(world))
            for process in processes:
                process.stop()
            await asyncio.gather(*running)
            await provider.close()
            assert len(accepted(simulator)) == len(messages)
            assert simulator.ledger.summary()["duplicates"] == {}

    asyncio.run(story())
    assert world.states() == {MessageState.ACCEPTED: 120}
