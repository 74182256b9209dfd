"""Campaigns: a new one is drawn as such, a published one shows its result beside the control group."""

from datetime import date
from pathlib import Path

from api.http.app import create_app
from api.settings import Settings
from builder.pages.campaigns import new_campaign
from engine.strategy.document import Strategy
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline
from tests.builder.conftest import World
from tests.builder.pages import INSIDE, opened_page, texts
from tests.builder.serving import SILENCE, serving


def test_a_new_campaign_is_a_readable_document_of_its_dates() -> None:
    drawn = Strategy.model_validate(new_campaign("Aguinaldo", date(2026, 12, 1), date(2026, 12, 24)))
    assert (drawn.kind, drawn.campaign and drawn.campaign.ends_on) == ("campaign", "2026-12-24")


def test_the_form_asks_for_dates_in_their_order(world: World) -> None:
    page = opened_page(world.session(world.person("eva", "strategist")), "campanas")
    page.text_input(key="campaign-name").input("Al revés")
    page.date_input(key="campaign-from").set_value(date(2026, 12, 24))
    page.date_input(key="campaign-to").set_value(date(2026, 12, 1))
    next(button for button in page.button if button.label == "Crear y dibujar").click().run()
    assert "termina antes de empezar" in texts(page)


def test_who_may_not_draw_is_offered_no_new_one(world: World) -> None:
    page = opened_page(world.session(world.person("vera", "viewer")), "campanas")
    assert not [button for button in page.button if button.label == "Crear y dibujar"]
    assert len(page.info) == 1


def test_a_campaign_shows_its_result_and_its_control_group(database_url: str, tmp_path: Path) -> None:
    timeline = Timeline(database_url, tmp_path)
    timeline.debtor("Ana", days_past_due=5)
    dates = {"starts_on": str(timeline.date(0)), "ends_on": str(timeline.date(9))}
    word = send("oferta", purpose="information")
    document = path("feria", enter(), word, wait(5, id="pausa"), end(), kind="campaign", campaign=dates)
    timeline.publish(document)
    timeline.day(1)
    app = create_app(Settings(database_url=database_url, redis_url=SILENCE, data_dir=tmp_path))
    with serving(app) as address:
        world = World(address, timeline.database, app.state.service)
        session = world.session(world.person("vera", "viewer"))
        page = opened_page(session, "campanas")
        (sides,) = page.dataframe
        assert sides.value["Cuentas"].tolist() == ["1", "0"]
        assert {metric.label: metric.value for metric in page.metric}["Mensajes"] == "1"
        told = session.api.get(f"{INSIDE.replace('tarjetas', 'prueba')}/campaigns/feria")
        assert told["worked"]["accounts"] == 1
