"""A strategy fetched on paper: version and draft, PDF and Markdown, the same twice."""

import pytest

from tests.api.http.test_strategies import BASE, STRATEGY, publish, save, with_wait
from tests.api.http.world import ApiWorld
from tests.factories.book import BookFactory


@pytest.fixture
def world(api: ApiWorld) -> ApiWorld:
    BookFactory(api.database)
    return api


def test_a_version_says_who_approved_it_and_what_was_asked(world: ApiWorld) -> None:
    publish(world, STRATEGY)
    publish(world, with_wait(3), seen=1)
    viewer = world.as_("viewer")
    first = viewer.get(f"{BASE}/mora/versions/1/print?format=markdown")
    assert first.headers["content-type"].startswith("text/markdown")
    assert 'filename="mora-v1.md"' in first.headers["content-disposition"]
    assert "Espera 5 días." in first.text and "approver-0" in first.text and "por favor" in first.text
    assert "v2" not in first.text
    second = viewer.get(f"{BASE}/mora/versions/2/print?format=markdown").text
    assert "Espera 3 días." in second and "v1" in second


def test_the_pdf_of_a_version_never_changes(world: ApiWorld) -> None:
    publish(world, STRATEGY)
    viewer = world.as_("viewer")
    paper = viewer.get(f"{BASE}/mora/versions/1/print")
    assert paper.headers["content-type"] == "application/pdf" and paper.content.startswith(b"%PDF-")
    publish(world, with_wait(3), seen=1)
    assert viewer.get(f"{BASE}/mora/versions/1/print").content == paper.content


def test_a_draft_is_printed_as_unapproved_and_an_unreadable_one_refused(world: ApiWorld) -> None:
    save(world, STRATEGY)
    viewer = world.as_("viewer")
    assert "Sin aprobar" in viewer.get(f"{BASE}/mora/draft/print?format=markdown").text
    save(world, {**STRATEGY, "nodes": []}, seen=1)
    refused = viewer.get(f"{BASE}/mora/draft/print")
    assert (refused.status_code, refused.json()["code"]) == (422, "strategy.unreadable")


def test_what_is_not_there_is_not_printed(world: ApiWorld) -> None:
    publish(world, STRATEGY)
    assert world.as_("viewer").get(f"{BASE}/mora/versions/9/print").json()["code"] == "version.unknown"
    assert world.as_("viewer").get(f"{BASE}/otra/draft/print").json()["code"] == "draft.unknown"
