"""Providers that are slow, broken or cross (R11), judged on their ledger: paced, few unknown, none twice."""

import asyncio
import time
from collections.abc import Callable, Iterator

import aiohttp
import pytest

from api.delivery.breaker import FIRST_PAUSE_S, IN_A_ROW, LONGEST_PAUSE_S, Breaker
from api.delivery.posting import IN_FLIGHT_S
from api.delivery.sender import SenderProcess
from channels.simulator import Simulator
from channels.simulator.faults import Fault, FaultKind
from channels.simulator.ledger import busiest_second
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel, MessageState
from tests.delivery.test_sender import accepted, sending, settled
from tests.delivery.test_sender import until as until_within
from tests.delivery.world import OTHER_TEMPLATE, TEMPLATE, StillClock, World

META_RATE = 80.0
PATIENCE_S = 240.0
"""A busy machine is no failure: what is judged is the ledger, not how long it took."""

pytestmark = [pytest.mark.timeout(300), pytest.mark.criterion("R11")]


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something another task does."""
    await until_within(is_so, PATIENCE_S)


def due_again(world: World) -> None:
    """Whatever was put off is due now: the business clock of these tests stands still."""
    world.do("UPDATE message SET send_at = %s WHERE state = 1", StillClock().at)


def test_a_paced_number_is_never_over_the_provider_s_limit(world: World) -> None:
    world.debtors(200)

    async def story() -> None:
        async with Simulator() as simulator, sending(world, simulator):
            simulator.intake.rate_per_s = META_RATE
            await until(lambda: settled(world))
            assert max(busiest_second(accepted(simulator)).values()) <= META_RATE
            assert simulator.ledger.summary()["refused"] == {}

    asyncio.run(story())
    assert world.states() == {MessageState.ACCEPTED: 200}


def test_retry_after_is_obeyed_without_a_hot_loop(world: World) -> None:
    world.debtors(20)

    async def story() -> None:
        async with Simulator() as simulator:
            simulator.faults.add(Fault(kind=FaultKind.TOO_MANY_REQUESTS, next_n=3, retry_after_s=2.0))
            began = time.monotonic()
            async with sending(world, simulator):
                await until(lambda: len(accepted(simulator)) >= 17)
                assert time.monotonic() - began > 2.0
                due_again(world)
                await until(lambda: settled(world))
            assert sum(simulator.ledger.summary()["refused"].values()) == 3
            assert simulator.ledger.summary()["duplicates"] == {}

    asyncio.run(story())
    assert world.states() == {MessageState.ACCEPTED: 20}


@pytest.mark.parametrize(
    ("kind", "burst_s"),
    [
        (FaultKind.ERROR_AFTER, 3.0),
        (FaultKind.DROP_AFTER, 3.0),
        (FaultKind.GARBAGE, 3.0),
        (FaultKind.ERROR_BEFORE, 3.0),
        pytest.param(FaultKind.ERROR_AFTER, 600.0, marks=[pytest.mark.chaos, pytest.mark.timeout(1500)]),
    ],
)
def test_a_burst_of_broken_answers_costs_few_messages_and_none_twice(
    world: World, kind: FaultKind, burst_s: float
) -> None:
    world.debtors(150)

    async def story() -> None:
        async with Simulator() as simulator:
            simulator.faults.add(Fault(kind=kind))
            async with sending(world, simulator):
                await until(lambda: world.states().get(MessageState.UNKNOWN, 0) >= IN_A_ROW)
                await asyncio.sleep(burst_s)
                simulator.faults.clear()
                await until(lambda: settled(world))
            assert simulator.ledger.summary()["duplicates"] == {}

    asyncio.run(story())
    states = world.states()
    # Three seconds at 72 a second would have cost all of them: the breaker lets a handful and probes through.
    assert IN_A_ROW <= states[MessageState.UNKNOWN] <= 30
    assert states[MessageState.ACCEPTED] == 150 - states[MessageState.UNKNOWN]


def test_a_provider_that_hangs_costs_no_more_than_may_be_on_the_way(world: World) -> None:
    world.debtors(150)
    world.do("UPDATE sender SET per_second = 20")

    async def story() -> None:
        async with Simulator() as simulator:
            simulator.faults.add(Fault(kind=FaultKind.LATENCY, seconds=(30.0, 30.0)))
            hasty = aiohttp.ClientTimeout(total=6.0)
            provider = WhatsAppCloud(simulator.whatsapp_url, "token", timeout=hasty)
            process = SenderProcess(
                world.database, {Channel.WHATSAPP: provider}, StillClock(), worker="out-t"
            )
            running = asyncio.create_task(process.run())
            await asyncio.sleep(5.0)
            assert len(accepted(simulator)) <= 20 * IN_FLIGHT_S
            process.stop()
            await running
            await provider.close()
            assert simulator.ledger.summary()["duplicates"] == {}

    asyncio.run(story())
    assert world.states()[MessageState.UNKNOWN] <= 20 * IN_FLIGHT_S
    assert world.states()[MessageState.QUEUED] >= 150 - 20 * IN_FLIGHT_S


def test_a_broken_number_does_not_hold_up_the_others(world: World) -> None:
    world.lanes_besides(2, 2)
    world.debtors(80, lanes=2)

    async def story() -> None:
        async with Simulator() as simulator:
            simulator.faults.add(Fault(kind=FaultKind.UNAVAILABLE, sender="10001", retry_after_s=0))
            async with sending(world, simulator):
                await until(lambda: len(accepted(simulator)) == 40)
            assert {line["sender"] for line in accepted(simulator)} == {"10002"}
            refused = sum(simulator.ledger.summary()["refused"].values())
            assert refused < 40  # and the broken one is asked now and then only

    asyncio.run(story())


def test_an_error_inside_an_http_200_is_what_it_says(world: World) -> None:
    world.debtors(3)

    async def story() -> None:
        async with Simulator() as simulator:
            simulator.faults.add(Fault(kind=FaultKind.ERROR_IN_200, code="131026"))
            async with sending(world, simulator):
                await until(lambda: settled(world))
            assert accepted(simulator) == []

    asyncio.run(story())
    assert world.states() == {MessageState.FAILED: 3}
    assert world.rows("SELECT DISTINCT reachable_channels FROM person") == [(0,)]


def test_a_wrong_token_stops_the_channel_once_and_no_secret_is_printed(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.debtors(30)

    async def story() -> None:
        async with Simulator() as simulator:
            simulator.whatsapp.token = "the-right-secret"
            async with sending(world, simulator):
                await until(lambda: bool(world.rows("SELECT 1 FROM stop_switch")))
                await asyncio.sleep(1.0)
            assert accepted(simulator) == []

    asyncio.run(story())
    assert world.rows("SELECT scope, value, stopped_by, reason FROM stop_switch") == [
        ("channel", str(int(Channel.WHATSAPP)), "provider", "provider:190")
    ]
    assert set(world.states()) == {MessageState.QUEUED}
    assert world.rows("SELECT kind, subject FROM alert") == [("channel_stopped", "channel:whatsapp")]
    printed = "".join(capfd.readouterr())
    assert "the-right-secret" not in printed and "Bearer" not in printed


def test_a_template_the_provider_refuses_goes_on_in_the_words_of_its_sibling(world: World) -> None:
    messages = world.debtors(10)

    async def story() -> None:
        async with Simulator() as simulator:
            desk = aiohttp.ClientSession()
            wanted = {"name": TEMPLATE, "language": "es", "category": "UTILITY", "components": []}
            await desk.post(f"{simulator.whatsapp_url}/77/message_templates", json=wanted)
            paused = {"name": TEMPLATE, "language": "es", "status": "PAUSED"}
            assert (await desk.post(f"{simulator.url}/control/templates", json=paused)).status == 200
            await desk.close()
            async with sending(world, simulator):
                await until(lambda: settled(world))
            lines = accepted(simulator)
            assert {line["template"] for line in lines} == {OTHER_TEMPLATE}
            assert sorted(line["message_id"] for line in lines) == sorted(str(m) for m in messages)

    asyncio.run(story())
    assert world.rows("SELECT name, state, reason FROM provider_template") == [
        (TEMPLATE, "paused", "provider:132015")
    ]
    assert world.rows("SELECT kind FROM alert") == [("template_held",)]


@pytest.fixture
def breaker() -> Iterator[Breaker]:
    yield Breaker()


def test_an_open_breaker_lets_one_probe_through_and_doubles_its_pause(breaker: Breaker) -> None:
    for _ in range(IN_A_ROW):
        breaker.begun()
        breaker.failed(0.0)
    now, pause = 0.0, FIRST_PAUSE_S
    for _ in range(10):
        assert not breaker.lets_through(now + pause - 0.01)
        now += pause
        assert breaker.lets_through(now)
        breaker.begun()
        assert not breaker.lets_through(now)  # beside the probe nothing
        breaker.failed(now)
        pause = min(pause * 2, LONGEST_PAUSE_S)
    now += pause
    breaker.begun()
    breaker.succeeded()
    assert breaker.lets_through(now) and not breaker.is_probing


def test_answers_to_posts_of_before_neither_close_nor_widen_an_open_breaker(breaker: Breaker) -> None:
    for _ in range(IN_A_ROW + 50):
        breaker.begun() if not breaker.is_probing else None
        breaker.failed(0.0)
    breaker.succeeded()
    assert breaker.is_probing
    assert breaker.lets_through(FIRST_PAUSE_S)


def test_half_of_the_last_answers_failing_opens_it_too(breaker: Breaker) -> None:
    for n in range(20):
        breaker.begun()
        if n % 2:
            breaker.failed(0.0)
        else:
            breaker.succeeded()
    assert not breaker.lets_through(0.5)
