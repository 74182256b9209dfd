"""The portal seen from the desk: links given out by role, files read by those who see persons."""

import re

import pytest

from api.cli.app import run
from api.portal_links import portal_address
from api.usecases.people.keep_attachments import check_attachment, keep_attachments
from tests.api.http.world import ApiWorld, Asker
from tests.portal.world import NOON, PDF, RFC, SILENCE, PortalWorld

ACCOUNT = "/portfolios/prueba/accounts/4152-0000-4821"


def as_(portal: PortalWorld, role: str) -> Asker:
    return ApiWorld(portal.settings.database_url, portal.settings.data_dir).as_(role)


def test_an_agent_gives_the_link_and_a_viewer_does_not(portal: PortalWorld) -> None:
    given = as_(portal, "agent").post(f"{ACCOUNT}/portal-link", {})
    assert given.status_code == 200
    assert re.search(r"/p/[\w-]{24}$", given.json()["url"])
    browser = portal.browser()
    browser.open(given.json()["url"])
    assert browser.say(RFC).status_code == 200
    assert as_(portal, "viewer").post(f"{ACCOUNT}/portal-link", {}).status_code == 403
    assert portal.rows("SELECT body->>'by' FROM ledger WHERE kind = 'portal.link_given'") == [("agent-0",)]


def test_a_new_link_unlocks_the_door(portal: PortalWorld) -> None:
    browser = portal.browser()
    browser.open(portal.link())
    for n in range(5):
        browser.say(f"WRONG{n}")
    portal.later(minutes=2)
    given = as_(portal, "supervisor").post(f"{ACCOUNT}/portal-link", {"replace": True}).json()
    portal.app.state.portal.limits._own.storage.reset()
    fresh = portal.browser()
    assert fresh.open(portal.link()).status_code == 410
    fresh.open(given["url"])
    assert fresh.say(RFC).status_code == 200


def test_files_are_listed_and_read_by_those_who_see_persons_only(portal: PortalWorld) -> None:
    files = [check_attachment(PDF)]
    [number] = keep_attachments(
        portal.database, portal.clock, portal.card, "receipt", via="portal", reference="1", files=files
    )
    agent = as_(portal, "agent")
    [item] = agent.get(f"{ACCOUNT}/attachments").json()["items"]
    assert (item["id"], item["kind"], item["media_type"]) == (number, "receipt", "application/pdf")
    read = agent.get(f"/portfolios/prueba/attachments/{number}")
    assert read.content == PDF and "attachment" in read.headers["content-disposition"]
    assert as_(portal, "viewer").get(f"{ACCOUNT}/attachments").status_code == 403
    assert agent.get("/portfolios/prueba/attachments/999").status_code == 404


def test_the_message_carries_the_link_of_its_addressee(portal: PortalWorld) -> None:
    address = portal_address(portal.ana, portal.book.creditor_id, NOON)
    token = address.rpartition("/")[2]
    read = portal.app.state.portal.door.read(token)
    assert (read.person_id, read.creditor_id) == (portal.ana, portal.book.creditor_id)


def test_the_command_prints_a_link_that_opens(
    portal: PortalWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(portal.settings.data_dir))
    monkeypatch.setenv("DATABASE_URL", portal.settings.database_url)
    monkeypatch.setenv("REDIS_URL", SILENCE)
    assert run(["portal-link", "4152-0000-4821", "--portfolio", "prueba", "--by", "eva"]) == 0
    browser = portal.browser()
    browser.open(capsys.readouterr().out.strip())
    assert browser.say(RFC).status_code == 200
    assert run(["portal-link", "nada", "--portfolio", "prueba"]) == 2
