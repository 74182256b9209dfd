"""A message leads its addressee to their own portal, unless the portfolio has a page of its own to pay at."""

import re
from pathlib import Path

import pytest

from api import portal_links
from api.portal_links import PortalDoor, open_portal_links
from api.settings import Settings
from tests.delivery.test_guard import guard, lease
from tests.delivery.world import NOON, World


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings(public_url="https://cobros.example", data_dir=tmp_path)
    monkeypatch.setattr(portal_links, "_door", PortalDoor(settings))
    return settings


def test_without_a_page_of_its_own_a_portfolio_sends_people_to_the_portal(
    world: World, settings: Settings
) -> None:
    world.debtors(1)
    world.do("UPDATE portfolio SET settings = settings - 'payment_link'")
    (cleared,) = guard(world, lease(world)).cleared
    found = re.search(r"https://cobros\.example/p/([\w-]{24})\b", cleared.outgoing.text)
    assert found, cleared.outgoing.text
    link = open_portal_links(settings).read(found[1])
    assert (link.person_id, link.creditor_id) == (cleared.message.person_id, world.creditor_id)
    assert link.issued_at == NOON


def test_a_page_of_its_own_stays(world: World, settings: Settings) -> None:
    del settings
    world.debtors(1)
    (cleared,) = guard(world, lease(world)).cleared
    assert (
        "https://pagos.example/p" in cleared.outgoing.text and "cobros.example" not in cleared.outgoing.text
    )
