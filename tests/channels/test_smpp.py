"""SMPP 3.4 between the adapter and the simulated SMS centre: segments, receipts, replies, refusals."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.port import Accepted, Action, InboundReply, NotAccepted, StatusUpdate, Unknown, Webhook
from channels.provider_errors import error_table
from channels.simulator import Simulator
from channels.simulator.behaviour import Behaviour
from channels.simulator.faults import Fault, FaultKind
from channels.simulator.webhook_shapes import Item
from channels.smpp_wire import packet, read_packet
from channels.sms_segments import cut, read_segment
from channels.sms_smpp import SmppSms
from channels.sms_text import BASIC, EXTENDED, measure
from tests.channels.worlds import PEOPLE, SENDERS, World

AT_ONCE = {"sent_after_s": (0, 0), "delivered_after_s": (0, 0), "read_after_s": (0, 0)}
Scene = Callable[[World, list[Webhook]], Awaitable[None]]


def play(scene: Scene, *, refuse_first: int = 0, **options: object) -> None:
    heard: list[Webhook] = []
    left = [refuse_first]

    def hear(items: Sequence[Webhook]) -> None:
        if left[0]:
            left[0] -= 1
            raise RuntimeError("no database")
        heard.extend(items)

    async def stage() -> None:
        async with Simulator() as simulator:
            simulator.behaviours.add(Behaviour(failed_rate=0, delivered_rate=1, **AT_ONCE))
            url = f"smpp://cadencia:s%40creto@127.0.0.1:{simulator.smpp_port}"
            sender = SmppSms(url, hear=hear, timeout_s=20.0, **options)  # type: ignore[arg-type]
            await scene(World("smpp", sender, simulator), heard)
            await sender.close()

    asyncio.run(stage())


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not ready():
            await asyncio.sleep(0.005)


@given(
    st.text(st.sampled_from(sorted(BASIC | EXTENDED) + list("áÁ€🙏ç")), min_size=1, max_size=700),
    st.integers(0, 255),
)
def test_a_text_is_cut_into_as_many_segments_as_are_billed_and_comes_together_again(
    text: str, number: int
) -> None:
    coding, parts = cut(text, number)
    assert len(parts) in (measure(text).segments, measure(text).segments + 1)  # no character is cut in two
    assert all(len(part) <= (160 if coding == 0 else 140) for part in parts)
    read = [read_segment(part, coding, has_header=len(parts) > 1) for part in parts]
    assert "".join(said for said, _ in read) == text
    if len(parts) > 1:
        assert [where for _, where in read] == [(number, len(parts), n) for n in range(1, len(parts) + 1)]


def test_a_long_text_is_one_message_on_the_ledger() -> None:
    async def scene(stage: World, heard: list[Webhook]) -> None:
        long = "Señora López: " + "su cuenta está pendiente. " * 12
        assert isinstance(await stage.sender.send(stage.message("m-1", text=long)), Accepted)
        (line,) = stage.accepted()
        assert (line["text"], line["message_id"], line["channel"]) == (long, "m-1", "sms")

    play(scene, plain_letters=False)


@pytest.mark.parametrize(("plain", "segments"), [(True, 1), (False, 2)])
def test_accents_that_double_the_price_are_replaced_where_the_sender_asks_for_it(
    plain: bool, segments: int
) -> None:
    async def scene(stage: World, heard: list[Webhook]) -> None:
        text = "Está por vencer su crédito: " + "pague en línea. " * 5
        await stage.sender.send(stage.message("m-1", text=text))
        (line,) = stage.accepted()
        assert ("á" in str(line["text"])) is not plain
        assert measure(str(line["text"])).segments == segments

    play(scene, plain_letters=plain)


def test_receipts_come_back_with_our_id_and_the_centre_s() -> None:
    async def scene(stage: World, heard: list[Webhook]) -> None:
        sent = await stage.sender.send(stage.message("m-1"))
        assert isinstance(sent, Accepted)
        await until(lambda: len(heard) == 2)
        told = [item for item in heard if isinstance(item, StatusUpdate)]
        assert [(item.message_id, item.provider_id, item.state) for item in told] == [
            ("m-1", sent.provider_id, "sent"), ("m-1", sent.provider_id, "delivered"),
        ]  # fmt: skip

    play(scene)


def test_an_undelivered_message_is_told_with_the_carrier_s_code() -> None:
    async def scene(stage: World, heard: list[Webhook]) -> None:
        stage.simulator.behaviours.add(Behaviour(failed_rate=1, **AT_ONCE))
        await stage.sender.send(stage.message("m-1"))
        await until(lambda: any(isinstance(i, StatusUpdate) and i.state == "failed" for i in heard))
        failed = heard[-1]
        assert isinstance(failed, StatusUpdate)
        assert (failed.code, failed.action, failed.recipient) == (
            "UNDELIV.003",
            Action.OTHER_CHANNEL,
            PEOPLE["sms"],
        )

    play(scene)


@pytest.mark.parametrize("text", ["BAJA", "¿Cuánto debo?", "Ya pagué ayer 🙏", "€ {oferta}"])
def test_words_of_a_person_come_over_the_same_connection(text: str) -> None:
    async def scene(stage: World, heard: list[Webhook]) -> None:
        await stage.sender.send(stage.message("m-1"))
        await until(lambda: len(heard) == 2)
        stage.simulator.callbacks.schedule(
            Item(0.0, "sms", "SM1", "", SENDERS["sms"], PEOPLE["sms"], "reply", text=text)
        )
        await until(lambda: len(heard) == 3)
        reply = heard[-1]
        assert isinstance(reply, InboundReply) and reply.provider_id
        assert (reply.from_, reply.to, reply.text) == (PEOPLE["sms"], SENDERS["sms"].removeprefix("+"), text)

    play(scene)


def test_what_could_not_be_written_down_stays_with_the_centre_and_comes_again() -> None:
    async def scene(stage: World, heard: list[Webhook]) -> None:
        await stage.sender.send(stage.message("m-1"))
        await until(lambda: len(heard) == 2)
        webhooks = [orjson.loads(raw) for raw in stage.simulator.ledger.recent_webhooks()]
        assert {line["outcome"] for line in webhooks} == {"200", "status 100"}

    play(scene, refuse_first=1)


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("88", Action.SLOW_DOWN),
        ("20", Action.RETRY_LATER),
        ("11", Action.WRONG_NUMBER),
        ("10", Action.STOP_CHANNEL),
        ("101", Action.OTHER_CHANNEL),
        ("67", Action.AUTHOR_ERROR),
    ],
)
def test_a_status_says_what_to_do(code: str, action: Action) -> None:
    async def scene(stage: World, heard: list[Webhook]) -> None:
        stage.simulator.faults.add(Fault(kind=FaultKind.REFUSE, code=code))
        outcome = await stage.sender.send(stage.message())
        assert isinstance(outcome, NotAccepted) and (outcome.code, outcome.action) == (code, action)
        assert stage.accepted() == []

    play(scene)


def test_a_line_that_falls_in_the_middle_is_unknown_once_and_bound_again_for_the_next() -> None:
    async def scene(stage: World, heard: list[Webhook]) -> None:
        assert isinstance(await stage.sender.send(stage.message("m-1")), Accepted)
        stage.simulator.faults.add(Fault(kind=FaultKind.DROP_AFTER, next_n=1))
        assert isinstance(await stage.sender.send(stage.message("m-2")), Unknown)
        assert isinstance(await stage.sender.send(stage.message("m-3")), Accepted)
        assert [line["message_id"] for line in stage.accepted()] == ["m-1", "m-2", "m-3"]

    play(scene)


@pytest.mark.parametrize(
    "raw", [b"\x00\x00\x00\x05x", b"\xff\xff\xff\xff", b"\x00\x00\x00\x10" + b"\x99" * 12]
)
def test_bytes_that_are_no_packet_end_the_connection_and_nothing_else(raw: bytes) -> None:
    async def scene() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        with pytest.raises(Exception) as trouble:
            await read_packet(reader)
        assert type(trouble.value).__name__ in ("WireError", "IncompleteReadError")

    asyncio.run(scene())


def test_a_packet_is_read_as_it_was_written_with_our_id_behind_it() -> None:
    async def scene() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(
            packet("submit_sm", 7, reference="m-1", destination_addr="5255", short_message=b"Hola")
        )
        pdu = await read_packet(reader)
        assert (pdu.command, pdu.sequence, pdu.reference) == ("submit_sm", 7, "m-1")
        assert (pdu.text_of("destination_addr"), pdu.fields["short_message"]) == ("5255", b"Hola")

    asyncio.run(scene())


def test_every_status_of_the_table_stands_once_with_a_meaning() -> None:
    assert all(row.meaning for row in error_table("smpp").values())
    assert "8" not in error_table("smpp") and "255" not in error_table("smpp")


@pytest.mark.parametrize("url", ["http://x", "smpp://", "smpp:host"])
def test_an_address_that_is_none_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(ValueError, match="not an smpp"):
        SmppSms(url)
