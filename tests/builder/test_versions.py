"""The versions of a strategy: the newest is taken back, an older one is asked for again."""

import pytest

from builder.client import ApiProblemError
from builder.session import Session
from tests.builder.conftest import World
from tests.builder.pages import INSIDE, opened_page, publish, strategy, texts


@pytest.fixture
def eva(world: World) -> Session:
    return world.session(world.person("eva", "strategist"))


@pytest.fixture
def ana(world: World) -> Session:
    return world.session(world.person("ana", "approver"))


def test_a_publication_is_taken_back_after_a_second_word(eva: Session, ana: Session) -> None:
    publish(eva, ana, strategy("deshecha", 5))
    publish(eva, ana, strategy("deshecha", 3))
    page = opened_page(eva, "versiones", strategy="deshecha")
    page.button(key="undo-publication").click().run()
    assert "v2 deshecha: rige la v1; 0 cuentas regresaron" in texts(page)
    assert eva.api.get(f"{INSIDE}/strategies/deshecha")["version"] == 1


def test_an_older_version_is_asked_for_as_the_newest_and_granted(eva: Session, ana: Session) -> None:
    publish(eva, ana, strategy("repetida", 5))
    publish(eva, ana, strategy("repetida", 3))
    page = opened_page(eva, "publicar", strategy="repetida", version="1")
    told = texts(page)
    assert "Volver a la versión 1" in told and "Frente a la versión 2" in told
    (changes,) = page.dataframe
    assert changes.value[["Antes", "Ahora"]].to_numpy().tolist() == [["3", "5"]]
    page.text_area(key="request-note").input("peor que antes")
    next(button for button in page.button if button.label == "Pedir aprobación").click().run()
    assert "otra persona debe aprobarlo" in texts(page)
    asked = next(
        one for one in ana.api.get("/v1/approvals", state="pending")["items"] if one["subject"] == "repetida"
    )
    assert "Vuelve a la versión 1." in texts(opened_page(ana, "aprobaciones"))
    ana.api.post(f"/v1/approvals/{asked['id']}/grant", {})
    versions = eva.api.get(f"{INSIDE}/strategies/repetida/versions")["items"]
    assert [each["number"] for each in versions if each["active"]] == [3]
    assert versions[0]["content_hash"] == versions[2]["content_hash"]


def test_who_may_only_look_is_offered_neither(world: World, eva: Session, ana: Session) -> None:
    publish(eva, ana, strategy("vista", 5))
    publish(eva, ana, strategy("vista", 3))
    vera = world.session(world.person("vera", "viewer"))
    page = opened_page(vera, "versiones", strategy="vista")
    keys = {button.key for button in page.button}
    assert {"see-1", "see-2"} <= keys
    assert not {"undo-publication", "back-1"} & keys
    with pytest.raises(ApiProblemError):
        vera.api.post(f"{INSIDE}/strategies/vista/undo")


def test_what_a_version_changed_is_a_row_each(eva: Session, ana: Session) -> None:
    publish(eva, ana, strategy("cambiada", 5))
    publish(eva, ana, strategy("cambiada", 4))
    page = opened_page(eva, "versiones", strategy="cambiada")
    page.toggle(key="changes-2").set_value(True).run()
    assert page.dataframe[0].value["Ahora"].tolist() == ["4"]
