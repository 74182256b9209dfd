"""What forbids a message while it is on its way out: no post begins a second later (R12), by the ledger."""

import asyncio
import time
from uuid import UUID

import pytest

from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.people.record_opt_out import OptOut, record_opt_out
from channels.simulator import Simulator
from engine.vocabulary import MessageState
from tests.delivery.test_sender import accepted, sending, settled, until
from tests.delivery.world import AMOUNT, NOON, StillClock, World
from tests.ledger.judge import GRACE_S, TRAVEL_S

CLOCK = StillClock()
PATIENCE_S = 240.0


def forbid(world: World, messages: list[UUID]) -> dict[str, float]:
    """Every second one pays, the others refuse; the real second each of it was committed."""
    forbidden = {}
    for number, message in enumerate(messages):
        ((person, account),) = world.rows(
            "SELECT addressee_id, account_id FROM message_item WHERE message_id = %s", message
        )
        if number % 2:
            record_payment(world.database, CLOCK, PaymentIn(account, "core", f"p-{number}", AMOUNT, NOON))
        else:
            record_opt_out(world.database, CLOCK, OptOut(person, source="portal", words="BAJA"))
        forbidden[str(message)] = time.time()
    return forbidden


@pytest.mark.criterion("R12")
@pytest.mark.timeout(600)
def test_no_post_begins_a_second_after_what_forbids_it(world: World) -> None:
    messages = world.debtors(120)
    world.do("UPDATE sender SET per_second = 10")

    async def story() -> tuple[dict[str, float], dict[str, float]]:
        async with Simulator() as simulator, sending(world, simulator):
            await until(lambda: len(accepted(simulator)) >= 15, within_s=PATIENCE_S)
            forbidden = await asyncio.to_thread(forbid, world, messages[::3])
            await until(lambda: settled(world), within_s=PATIENCE_S)
            return forbidden, {line["message_id"]: line["real_at"] for line in accepted(simulator)}

    forbidden, posted = asyncio.run(story())
    late = {m for m, at in forbidden.items() if posted.get(m, 0.0) > at + GRACE_S + TRAVEL_S}
    assert late == set()
    withdrawn = world.states()[MessageState.WITHDRAWN]
    assert withdrawn == len(forbidden.keys() - posted.keys()) > 10
    assert len(posted) == len(messages) - withdrawn
