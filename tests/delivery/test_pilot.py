"""A pilot writes to a share of a template's people first; the rest follows when a person says so."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.delivery.providers import open_one_click
from api.http.one_click import one_click_routes
from api.settings import Settings
from api.usecases.templates.pilot_template import end_pilot, start_pilot
from engine.errors import TemplateError
from tests.delivery.test_guard import guard, lease
from tests.delivery.test_returned_mail import mails
from tests.delivery.world import TEMPLATE, StillClock, World

CLOCK = StillClock()


def test_a_share_is_written_to_first_and_the_rest_when_the_pilot_ends(world: World) -> None:
    world.debtors(200)
    group = lease(world, 200)[:1]  # leased before the pilot: its guard looks once more
    start_pilot(world.database, CLOCK, TEMPLATE, 0.2, by="ana")
    with pytest.raises(TemplateError, match="runs already"):
        start_pilot(world.database, CLOCK, TEMPLATE, 0.5, by="ana")
    guarded = guard(world, group)
    assert len(guarded.cleared) + len(guarded.refused) == 1
    world.do("UPDATE message SET state = 1, leased_by = NULL, leased_until = NULL, reason = ''")
    first = {message.id for message in lease(world, 200)}
    assert 20 <= len(first) <= 60
    end_pilot(world.database, CLOCK, TEMPLATE, by="luis")
    rest = {message.id for message in lease(world, 200)}
    assert len(first | rest) == 200 and not first & rest
    with pytest.raises(TemplateError, match="no pilot"):
        end_pilot(world.database, CLOCK, TEMPLATE, by="luis")
    kinds = {kind for (kind,) in world.rows("SELECT kind FROM ledger")}
    assert {"template.pilot_started", "template.pilot_ended"} <= kinds


def test_the_page_of_a_mail_shows_with_get_and_acts_with_post(world: World) -> None:
    (sent,) = mails(world)
    settings = Settings(database_url=world.url, index_key="ab" * 32, public_url="https://cobros.example")
    path = open_one_click(settings).address(str(sent)).removeprefix("https://cobros.example")
    app = FastAPI()
    app.include_router(one_click_routes(settings))
    with TestClient(app) as browser:
        shown = browser.get(path)
        assert (shown.status_code, "Financiera Aurora" in shown.text) == (200, True)
        assert world.rows("SELECT count(*) FROM consent") == [(0,)]
        done = browser.post(path, content=b"List-Unsubscribe=One-Click", follow_redirects=False)
        assert done.status_code == 200
        assert world.rows("SELECT channel, state, source FROM consent") == [(3, 2, "one_click")]
        assert browser.post("/baja/forged").status_code == browser.get("/baja/forged").status_code == 404
