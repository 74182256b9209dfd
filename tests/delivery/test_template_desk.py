"""Our templates at Meta: given once, taken over as they stand there, by webhook or by asking."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from api.usecases.sending.resume_number import resume_sending_number
from api.usecases.sending.set_whatsapp_policy import set_whatsapp_policy
from api.usecases.templates.register_templates import delete_template, register_templates, sync_templates
from channels.simulator import Simulator
from channels.whatsapp_templates import WhatsAppTemplates
from engine.errors import BookError, ServiceError
from tests.delivery.world import OTHER_TEMPLATE, TEMPLATE, StillClock, World

CLOCK = StillClock()
Scene = Callable[[Simulator, WhatsAppTemplates], Awaitable[None]]
pytestmark = pytest.mark.timeout(300)


def at_meta(scene: Scene) -> None:
    """Play a scene with a provider and a desk at it."""

    async def story() -> None:
        async with Simulator() as simulator:
            desk = WhatsAppTemplates(simulator.whatsapp_url, "419561257915477", "token")
            try:
                await scene(simulator, desk)
            finally:
                await desk.close()

    asyncio.run(story())


async def decides(simulator: Simulator, name: str, **what: str) -> None:
    async with aiohttp.ClientSession() as session:
        event = {"name": name, "language": "es", **what}
        async with session.post(f"{simulator.url}/control/templates", json=event) as answer:
            assert answer.status == 200, await answer.text()


def states(world: World) -> dict[str, str]:
    return dict(world.rows("SELECT name, state FROM provider_template"))


def test_every_wording_is_given_once_and_followed_until_meta_loses_it(world: World) -> None:
    async def scene(simulator: Simulator, desk: WhatsAppTemplates) -> None:
        simulator.templates.first_status = "PENDING"
        first = await register_templates(world.database, CLOCK, desk)
        names = {TEMPLATE, OTHER_TEMPLATE, f"{TEMPLATE}_neutral", f"{OTHER_TEMPLATE}_neutral"}
        assert {news.name for news in first.given} == names and first.refused == ()
        assert (await register_templates(world.database, CLOCK, desk)).given == ()
        assert set(states(world).values()) == {"pending"}
        for name in names:
            await decides(simulator, name, status="APPROVED")
        assert await sync_templates(world.database, CLOCK, desk) == 4
        assert set(states(world).values()) == {"approved"}
        await decides(simulator, TEMPLATE, status="PAUSED", quality="RED")
        await sync_templates(world.database, CLOCK, desk)
        await desk.delete(OTHER_TEMPLATE)
        await sync_templates(world.database, CLOCK, desk)
        assert states(world) == {
            TEMPLATE: "paused",
            OTHER_TEMPLATE: "disabled",
            f"{TEMPLATE}_neutral": "approved",
            f"{OTHER_TEMPLATE}_neutral": "approved",
        }
        await delete_template(world.database, CLOCK, desk, f"{TEMPLATE}_neutral", "ana")
        assert f"{TEMPLATE}_neutral" not in states(world)

    at_meta(scene)
    kinds = {kind for (kind,) in world.rows("SELECT kind FROM alert")}
    assert kinds == {"template_held", "template_quality"}
    assert world.rows("SELECT count(*) FROM ledger WHERE kind = 'template.registered'") == [(4,)]


def test_a_refused_wording_is_told_and_tried_again_the_next_time(world: World) -> None:
    async def scene(simulator: Simulator, desk: WhatsAppTemplates) -> None:
        broken = WhatsAppTemplates(simulator.whatsapp_url, "1/nobody", "token")
        done = await register_templates(world.database, CLOCK, broken)
        assert done.given == () and len(done.refused) == 4
        assert all(why.startswith("whatsapp.") for _, why in done.refused)
        await broken.close()
        assert len((await register_templates(world.database, CLOCK, desk)).given) == 4

    at_meta(scene)


def test_only_a_known_creditor_gets_a_known_policy_by_somebody(world: World) -> None:
    set_whatsapp_policy(world.database, CLOCK, "aurora", "agency", "ana")
    assert world.rows("SELECT whatsapp_policy FROM creditor") == [("agency",)]
    for creditor, policy, by in (
        ("aurora", "agencia", "ana"),
        ("otra", "agency", "ana"),
        ("aurora", "agency", ""),
    ):
        with pytest.raises(BookError):
            set_whatsapp_policy(world.database, CLOCK, creditor, policy, by)
    assert world.rows("SELECT count(*) FROM ledger WHERE kind = 'creditor.whatsapp_policy'") == [(1,)]


def test_a_paused_number_is_resumed_by_somebody_once(world: World) -> None:
    world.do("UPDATE sender SET paused_until = '9999-12-31Z', pause_reason = 'provider:131048'")
    with pytest.raises(ServiceError):
        resume_sending_number(world.database, CLOCK, 1, " ")
    resume_sending_number(world.database, CLOCK, 1, "ana")
    assert world.rows("SELECT paused_until, pause_reason FROM sender") == [(None, "")]
    with pytest.raises(ServiceError):
        resume_sending_number(world.database, CLOCK, 1, "ana")
