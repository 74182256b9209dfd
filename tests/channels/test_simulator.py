"""The simulator is the judge of reliability tests; here it is judged itself."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from channels import sms_twilio, whatsapp_cloud, whatsapp_webhooks
from channels.port import Accepted, InboundReply, StatusUpdate, Unknown, Webhook
from channels.simulator import Ledger, Simulator, SimulatorProcess, read_ledger
from channels.simulator.behaviour import Behaviour
from channels.simulator.clock import ClockSetting
from channels.simulator.faults import FaultKind
from channels.simulator.ledger import busiest_second
from channels.whatsapp_cloud import WhatsAppCloud
from tests.channels.worlds import PEOPLE, SENDERS, World, world

AT_ONCE = {"sent_after_s": (0, 0), "delivered_after_s": (0, 0), "read_after_s": (0, 0)}
EVERYONE_READS = Behaviour(failed_rate=0, delivered_rate=1, read_rate=1, **AT_ONCE)


class Service:
    """The service's side of the webhooks: checks signatures, keeps what came, may refuse the first posts."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: list[list[Webhook]] = []
        self.refuse_first = 0

    @property
    def heard(self) -> list[Webhook]:
        return [item for post in self.posts for item in post]

    @property
    def states(self) -> list[tuple[str | None, str]]:
        return [(item.message_id, item.state) for item in self.heard if isinstance(item, StatusUpdate)]

    async def whatsapp(self, request: web.Request) -> web.Response:
        body = await request.read()
        signature = request.headers["X-Hub-Signature-256"]
        assert whatsapp_cloud.verify_signature("simulator-app-secret", body, signature)
        return self._take(whatsapp_webhooks.parse_webhook(body))

    async def sms(self, request: web.Request) -> web.Response:
        body, url = await request.read(), str(request.url)
        signature = request.headers["X-Twilio-Signature"]
        assert sms_twilio.verify_signature("simulator-auth-token", url, body, signature)
        return self._take(sms_twilio.parse_webhook(url, body, received_at=1.0))

    async def until(self, ready: Callable[[], bool]) -> None:
        """Wait until the webhooks say so; fails after twenty seconds."""
        async with asyncio.timeout(20):
            while not ready():
                await asyncio.sleep(0.005)

    def _take(self, items: list[Webhook]) -> web.Response:
        if self.refuse_first:
            self.refuse_first -= 1
            return web.Response(status=503)
        self.posts.append(items)
        return web.Response()


@asynccontextmanager
async def listening(simulator: Simulator) -> AsyncIterator[Service]:
    """A service that the simulator tells everything."""
    service, application = Service(), web.Application()
    application.add_routes([web.post("/wa", service.whatsapp), web.post("/sms", service.sms)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    simulator.callbacks.settings.whatsapp_url = f"{service.url}/wa"
    simulator.callbacks.settings.sms_url = f"{service.url}/sms"
    try:
        yield service
    finally:
        await runner.cleanup()


def play(
    story: Callable[[World, Service], Awaitable[None]], channel: str = "whatsapp", path: Path | None = None
) -> None:
    async def scene() -> None:
        async with world(channel, path) as stage, listening(stage.simulator) as service:
            stage.simulator.behaviours.add(EVERYONE_READS)
            await story(stage, service)

    asyncio.run(scene())


async def post(stage: World, path: str, document: object) -> Any:
    url, body = stage.simulator.url + path, orjson.dumps(document)
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as answer:
        return answer.status, orjson.loads(await answer.read())


async def get(stage: World, path: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(stage.simulator.url + path) as answer:
        return await answer.text()


def test_sent_delivered_and_read_come_back_with_our_id() -> None:
    async def story(stage: World, service: Service) -> None:
        await stage.sender.send(stage.message("m-1"))
        await service.until(lambda: len(service.states) == 3)
        assert service.states == [("m-1", "sent"), ("m-1", "delivered"), ("m-1", "read")]

    play(story)


def test_a_message_whose_answer_was_lost_is_settled_by_its_webhook() -> None:
    async def story(stage: World, service: Service) -> None:
        stage.fails(FaultKind.DROP_AFTER, next_n=1)
        assert isinstance(await stage.sender.send(stage.message("m-1")), Unknown)
        await service.until(lambda: ("m-1", "delivered") in service.states)

    play(story)


def test_statuses_of_many_messages_come_in_batches() -> None:
    async def story(stage: World, service: Service) -> None:
        await asyncio.gather(*(stage.sender.send(stage.message(f"m-{n}")) for n in range(100)))
        await service.until(lambda: len(service.states) == 300)
        assert len(service.posts) < 100

    play(story)


def test_a_service_that_is_down_hears_it_later() -> None:
    async def story(stage: World, service: Service) -> None:
        service.refuse_first = 1
        await stage.sender.send(stage.message("m-1"))
        await service.until(lambda: len(service.states) >= 3)
        assert sorted(service.states) == [("m-1", "delivered"), ("m-1", "read"), ("m-1", "sent")]

    play(story)


def test_a_text_message_reports_to_the_address_it_came_with(tmp_path: Path) -> None:
    async def story(stage: World, service: Service) -> None:
        sender = sms_twilio.TwilioSms(stage.simulator.url, "AC1", "t", status_url=f"{service.url}/sms?lane=2")
        await sender.send(stage.message("m-9"))
        await service.until(lambda: len(service.states) == 2)
        assert service.states == [("m-9", "sent"), ("m-9", "delivered")]
        await sender.close()

    play(story, "sms")


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_a_person_replies_on_demand_to_the_number_that_wrote_last(channel: str) -> None:
    async def story(stage: World, service: Service) -> None:
        await stage.sender.send(stage.message())
        status, _ = await post(stage, "/control/reply", {"to": PEOPLE[channel], "text": "ya pagué"})
        assert status == 200
        await service.until(lambda: any(isinstance(item, InboundReply) for item in service.heard))
        (reply,) = [item for item in service.heard if isinstance(item, InboundReply)]
        assert (reply.from_, reply.to, reply.text) == (PEOPLE[channel], SENDERS[channel], "ya pagué")

    play(story, channel)


def test_people_of_a_prefix_reply_by_themselves() -> None:
    async def story(stage: World, service: Service) -> None:
        habit = {
            "to": "+5255*",
            "reply": "Sí",
            "reply_rate": 1,
            "failed_rate": 0,
            "delivered_rate": 1,
            **AT_ONCE,
        }
        await post(stage, "/control/behaviours", {**habit, "reply_after_s": [0, 0]})
        outcome = await stage.sender.send(stage.message())
        await service.until(lambda: any(isinstance(item, InboundReply) for item in service.heard))
        (reply,) = [item for item in service.heard if isinstance(item, InboundReply)]
        assert isinstance(outcome, Accepted) and reply.in_reply_to == outcome.provider_id

    play(story)


def test_free_text_fails_unless_the_person_wrote_in_the_last_day() -> None:
    async def story(stage: World, service: Service) -> None:
        await stage.sender.send(stage.message("m-1", template="", variables={}))
        await service.until(lambda: len(service.states) == 1)
        assert service.states == [("m-1", "failed")]
        hello = {"to": PEOPLE["whatsapp"], "text": "hola", "sender": SENDERS["whatsapp"]}
        await post(stage, "/control/reply", hello)
        await stage.sender.send(stage.message("m-2", template="", variables={}))
        await service.until(lambda: ("m-2", "read") in service.states)

    play(story)


def test_lost_repeated_and_late_webhooks(tmp_path: Path) -> None:
    async def story(stage: World, service: Service) -> None:
        stage.fails(FaultKind.LOST_WEBHOOK, to="+525500000001")
        stage.fails(FaultKind.REPEATED_WEBHOOK, to="+525500000002", times=3)
        stage.fails(FaultKind.LATE_WEBHOOK, to="+525500000003", seconds=(3600, 3600))
        for n in (1, 2, 3):
            await stage.sender.send(stage.message(f"m-{n}", to=f"+52550000000{n}"))
        await service.until(lambda: len(service.states) == 9)
        assert {message_id for message_id, _ in service.states} == {"m-2"}
        await service.until(lambda: stage.simulator.callbacks.waiting == 3)
        stage.simulator.clock.setting = ClockSetting(business_epoch=4000.0)
        await service.until(lambda: len(service.states) == 12)

    play(story, path=tmp_path / "ledger.jsonl")
    lost = [line for line in read_ledger(tmp_path / "ledger.jsonl", "webhook") if line["outcome"] == "lost"]
    assert {line["message_id"] for line in lost} == {"m-1"} and len(lost) == 3


def test_shuffled_webhooks_lose_nothing() -> None:
    async def story(stage: World, service: Service) -> None:
        stage.fails(FaultKind.SHUFFLED_WEBHOOKS)
        await asyncio.gather(*(stage.sender.send(stage.message(f"m-{n}")) for n in range(30)))
        await service.until(lambda: len(service.states) == 90)
        assert len(set(service.states)) == 90 and service.states != sorted(service.states)

    play(story)


def test_the_same_seed_strikes_the_same_messages_in_whatever_order_they_come() -> None:
    async def struck(seed: int, order: list[int]) -> dict[str, str]:
        async with world("whatsapp", seed=seed) as stage:
            stage.fails(FaultKind.TOO_MANY_REQUESTS, probability=0.3)
            stage.fails(FaultKind.DROP_AFTER, probability=0.2)
            outcomes = {f"m-{n}": await stage.sender.send(stage.message(f"m-{n}")) for n in order}
            return {message_id: repr(outcomes[message_id]) for message_id in sorted(outcomes)}

    forward = asyncio.run(struck(7, list(range(60))))
    assert forward == asyncio.run(struck(7, list(range(59, -1, -1))))
    assert forward != asyncio.run(struck(8, list(range(60))))
    assert 5 < sum("NotAccepted" in outcome for outcome in forward.values()) < 35
    assert 2 < sum("Unknown" in outcome for outcome in forward.values()) < 30


def test_the_next_three_requests_fail_and_then_no_more() -> None:
    async def story(stage: World, _service: Service) -> None:
        fault = {"kind": "drop_after", "channel": "whatsapp", "next_n": 3}
        status, in_force = await post(stage, "/control/faults", fault)
        assert status == 200 and len(in_force) == 1
        outcomes = [await stage.sender.send(stage.message(f"m-{n}")) for n in range(5)]
        assert [isinstance(outcome, Unknown) for outcome in outcomes] == [True, True, True, False, False]
        assert json.loads(await get(stage, "/control/faults")) == []

    play(story)


def test_a_message_resent_on_a_guess_is_called_a_duplicate() -> None:
    async def story(stage: World, _service: Service) -> None:
        for message_id in ("m-1", "m-2", "m-1"):
            await stage.sender.send(stage.message(message_id))
        summary = json.loads(await get(stage, "/ledger/summary"))
        assert summary["duplicates"] == {"m-1": 2} and summary["extra_acceptances"] == 1
        assert (summary["accepted"], summary["messages"]) == (3, 2)
        assert [line["message_id"] for line in json.loads(await get(stage, "/ledger?since=1"))] == [
            "m-2",
            "m-1",
        ]

    play(story)


def test_every_line_is_stamped_in_both_clocks(tmp_path: Path) -> None:
    async def story(stage: World, service: Service) -> None:
        business_epoch = 1_800_000_000.0
        _, told = await post(stage, "/control/clock", {"business_epoch": business_epoch, "speed": 0})
        assert told["business"] == business_epoch
        await stage.sender.send(stage.message())
        await service.until(lambda: len(service.states) == 3)
        assert {update.at for update in service.heard if isinstance(update, StatusUpdate)} == {business_epoch}

    play(story, path=tmp_path / "ledger.jsonl")
    for line in read_ledger(tmp_path / "ledger.jsonl"):
        assert line["business_at"] == 1_800_000_000.0 and line["real_at"] != line["business_at"]


def test_business_time_runs_at_its_own_speed() -> None:
    async def story(stage: World, service: Service) -> None:
        patient = {"failed_rate": 0, "delivered_rate": 1, "read_rate": 0, "sent_after_s": [0, 0]}
        await post(stage, "/control/behaviours", {**patient, "delivered_after_s": [3600, 3600]})
        await stage.sender.send(stage.message())
        real, _ = stage.simulator.clock.now()
        faster = {"business_epoch": real, "real_epoch": real, "speed": 100_000}
        await post(stage, "/control/clock", faster)
        await service.until(lambda: ("m-1", "delivered") in service.states)

    play(story)


@pytest.mark.parametrize(
    "path", ["/control/faults", "/control/behaviours", "/control/clock", "/control/reply"]
)
@pytest.mark.parametrize("body", [{"kind": "earthquake"}, {"surprise": 1}, [[]], "text"])
def test_a_lever_pulled_wrongly_says_why(path: str, body: object) -> None:
    async def story(stage: World, _service: Service) -> None:
        status, reasons = await post(stage, path, body)
        assert status == 422 and reasons

    play(story)


def test_a_person_nobody_wrote_to_needs_a_number_to_write_to() -> None:
    async def story(stage: World, _service: Service) -> None:
        url, body = stage.simulator.url + "/control/reply", b'{"to":"+525599999999","text":"hola"}'
        async with aiohttp.ClientSession() as session, session.post(url, data=body) as answer:
            assert answer.status == 422 and "name channel and sender" in await answer.text()

    play(story)


def test_the_mailbox_shows_what_a_person_received_and_escapes_it() -> None:
    async def story(stage: World, _service: Service) -> None:
        await stage.sender.send(stage.message("m-1", template="", variables={}, text="<script>1</script> ñ"))
        page = await get(stage, "/mailbox?to=%2B525512345678")
        assert "&lt;script&gt;" in page and "<script>" not in page and "Contestar" in page
        assert "+525512345678" in await get(stage, "/mailbox")

    play(story)


def test_a_simulator_started_again_knows_what_it_accepted(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    line = {"message_id": "m-1", "channel": "sms", "sender": "10001", "to": "+525512345678", "text": "Hola"}
    first = Ledger(path)
    first.accept(line)
    first.know("Ana", ["+525512345678", "ana@correo.example"])
    first.close()
    with path.open("ab") as file:
        file.write(b'{"kind":"accepted","mess')  # the crash came here
    again = Ledger(path)
    again.accept(line)
    again.close()
    assert again.times_accepted("m-1") == 2
    assert (again.name_of("ana@correo.example"), len(again.received_by("+525512345678"))) == ("Ana", 2)
    assert [each["n"] for each in read_ledger(path, "accepted")] == [0, 1]


def test_a_ledger_torn_by_a_crash_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"kind":"accepted","message_id":"m-1"}\n{"kind":"accepted","mess')
    assert [line["message_id"] for line in read_ledger(path)] == ["m-1"]


def test_the_busiest_second_of_a_sender_is_found_across_the_full_second() -> None:
    lines = [{"sender": "a", "real_at": 0.9 + n * 0.05} for n in range(10)]
    assert busiest_second([*lines, {"sender": "b", "real_at": 1.0}]) == {"a": 10, "b": 1}


def test_in_a_process_of_its_own_the_ledger_is_written_before_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"

    async def send(url: str) -> object:
        sender = WhatsAppCloud(url, "token")
        outcome = await sender.send(World("whatsapp", sender, Simulator()).message("m-1"))
        await sender.close()
        return outcome

    with SimulatorProcess(path, seed=3) as simulator:
        assert isinstance(asyncio.run(send(simulator.whatsapp_url)), Accepted)
        assert [line["message_id"] for line in read_ledger(path, "accepted")] == ["m-1"]


def test_the_program_explains_its_arguments() -> None:
    command = [sys.executable, "-m", "channels.simulator", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "--ledger" in told and "--seed" in told
