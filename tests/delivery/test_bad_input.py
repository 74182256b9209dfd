"""Bad input on the channels: each has its clear outcome on the account and in the log."""

import asyncio
from dataclasses import replace

from api.delivery.sender import SenderProcess
from channels.port import Attachment, Outcome, Outgoing
from channels.simulator import Simulator
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel, MessageState
from tests.delivery.test_sender import accepted, settled, until
from tests.delivery.world import StillClock, World

HEAVY = Attachment("estado-de-cuenta.pdf", "application/pdf", bytes(30 * 2**20))


class WithHeavyStatement(WhatsAppCloud):
    """WhatsApp for a creditor whose statements weigh thirty megabytes."""

    async def send(self, message: Outgoing) -> Outcome:
        return await super().send(replace(message, attachments=(HEAVY,)))


def test_thirty_megabytes_are_refused_before_they_leave_and_the_author_is_told(world: World) -> None:
    (message,) = world.debtors(1)

    async def story() -> None:
        async with Simulator() as simulator:
            provider = WithHeavyStatement(simulator.whatsapp_url, "token")
            process = SenderProcess(
                world.database, {Channel.WHATSAPP: provider}, StillClock(), worker="out-t"
            )
            running = asyncio.create_task(process.run())
            await until(lambda: settled(world), within_s=60.0)
            process.stop()
            await running
            await provider.close()
            assert accepted(simulator) == [] and simulator.media.uploads == {}

    asyncio.run(story())
    assert world.state(message) == (MessageState.FAILED, "provider:limit.attachment")
    ((kind, said),) = world.rows("SELECT kind, said FROM alert")
    assert kind == "message_refused" and "limit.attachment" in said
