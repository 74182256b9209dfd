"""What every sender promises, tried on each adapter against the simulator; the ledger is the judge."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from channels.port import Accepted, Action, NotAccepted, Unknown
from channels.simulator import read_ledger
from channels.simulator.faults import FaultKind
from tests.channels.worlds import ADAPTERS, PATIENCE_S, SENDERS, WORDS, World, world

Story = Callable[[World], Awaitable[None]]


@pytest.fixture(params=list(ADAPTERS))
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def play(channel: str, story: Story, ledger_path: Path | None = None, patience_s: float = PATIENCE_S) -> None:
    async def scene() -> None:
        async with world(channel, ledger_path, patience_s=patience_s) as stage:
            await story(stage)

    asyncio.run(scene())


def test_an_accepted_message_stands_once_in_the_ledger_under_our_id(channel: str, tmp_path: Path) -> None:
    async def story(stage: World) -> None:
        outcome = await stage.sender.send(stage.message("m-7"))
        assert isinstance(outcome, Accepted) and outcome.provider_id

    play(channel, story, tmp_path / "ledger.jsonl")
    (line,) = read_ledger(tmp_path / "ledger.jsonl", "accepted")
    assert (line["message_id"], line["channel"], line["sender"]) == (
        "m-7",
        WORDS.get(channel, channel),
        SENDERS[channel],
    )
    assert line["real_at"] > 0 and line["business_at"] > 0 and not line["dropped"]


def test_many_messages_at_once_keep_their_ids_apart(channel: str) -> None:
    async def story(stage: World) -> None:
        sent = await asyncio.gather(*(stage.sender.send(stage.message(f"m-{n}")) for n in range(40)))
        assert len({outcome.provider_id for outcome in sent if isinstance(outcome, Accepted)}) == 40
        assert {line["message_id"] for line in stage.accepted()} == {f"m-{n}" for n in range(40)}
        assert stage.simulator.ledger.summary()["duplicates"] == {}

    play(channel, story)


@pytest.mark.parametrize(
    "fault", [FaultKind.TOO_MANY_REQUESTS, FaultKind.UNAVAILABLE], ids=["too many", "unavailable"]
)
def test_a_provider_that_is_busy_asks_for_later_and_took_nothing(channel: str, fault: FaultKind) -> None:
    async def story(stage: World) -> None:
        stage.fails(fault, retry_after_s=7)
        outcome = await stage.sender.send(stage.message())
        assert isinstance(outcome, NotAccepted)
        assert outcome.action in (Action.RETRY_LATER, Action.SLOW_DOWN)
        assert outcome.retry_after_s == (0 if channel in ("email", "smpp") else 7)
        assert stage.accepted() == []

    play(channel, story)


def test_a_refused_address_is_told_as_a_wrong_number(channel: str) -> None:
    async def story(stage: World) -> None:
        stage.fails(FaultKind.REFUSE)
        outcome = await stage.sender.send(stage.message())
        assert isinstance(outcome, NotAccepted) and outcome.action is Action.WRONG_NUMBER
        assert stage.accepted() == []

    play(channel, story)


@pytest.mark.parametrize(
    "fault",
    [FaultKind.DROP_AFTER, FaultKind.ERROR_AFTER, FaultKind.GARBAGE],
    ids=["dropped connection", "error 500", "garbage"],
)
def test_no_trustworthy_answer_after_the_body_is_unknown_though_it_arrived(
    channel: str, fault: FaultKind
) -> None:
    async def story(stage: World) -> None:
        stage.fails(fault, next_n=1)
        assert isinstance(await stage.sender.send(stage.message("m-1")), Unknown)
        assert [line["message_id"] for line in stage.accepted()] == ["m-1"]
        assert isinstance(await stage.sender.send(stage.message("m-2")), Accepted)

    play(channel, story)


def test_silence_until_the_timeout_is_unknown(channel: str) -> None:
    async def story(stage: World) -> None:
        stage.fails(FaultKind.LATENCY, seconds=(5.0, 5.0))
        assert isinstance(await stage.sender.send(stage.message()), Unknown)
        assert len(stage.accepted()) == 1

    play(channel, story, patience_s=0.5)


def test_a_connection_dropped_before_acceptance_is_unknown_because_nobody_can_tell(channel: str) -> None:
    async def story(stage: World) -> None:
        stage.fails(FaultKind.DROP_BEFORE)
        assert isinstance(await stage.sender.send(stage.message()), Unknown)
        assert stage.accepted() == []

    play(channel, story)


def test_a_server_that_cannot_be_reached_took_nothing_and_may_be_tried_again(channel: str) -> None:
    async def scene() -> None:
        async with world(channel) as stage:
            sender, message = stage.sender, stage.message()
            await stage.simulator.__aexit__(None, None, None)
            outcome = await sender.send(message)
            assert isinstance(outcome, NotAccepted) and outcome.action is Action.RETRY_LATER
            assert outcome.code == "connection"

    asyncio.run(scene())


def test_an_error_inside_an_http_200_is_an_error() -> None:
    async def story(stage: World) -> None:
        stage.fails(FaultKind.ERROR_IN_200, code="131026")
        outcome = await stage.sender.send(stage.message())
        assert isinstance(outcome, NotAccepted) and outcome.code == "131026"

    play("whatsapp", story)


def test_a_number_that_posts_too_fast_is_slowed_down() -> None:
    async def story(stage: World) -> None:
        stage.simulator.intake.rate_per_s = 20
        sent = await asyncio.gather(*(stage.sender.send(stage.message(f"m-{n}")) for n in range(50)))
        refused = [outcome for outcome in sent if isinstance(outcome, NotAccepted)]
        assert {(outcome.code, outcome.action) for outcome in refused} == {("130429", Action.SLOW_DOWN)}
        assert len(stage.accepted()) == 50 - len(refused) == 20

    play("whatsapp", story)
