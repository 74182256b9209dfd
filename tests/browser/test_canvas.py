"""A strategy drawn by hand in a browser: every gesture of the canvas, checked against what Python holds."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import Hand

pytestmark = pytest.mark.browser


def test_a_step_is_drawn_from_the_palette_and_connected(hand: Hand) -> None:
    hand.tool("fit").click()
    hand.edit(lambda: hand.drag_kind("label", 60, 380))
    assert "marca" in hand.ids()
    hand.tool("fit").click()
    hand.page.wait_for_timeout(400)
    hand.edit(lambda: hand.wire(hand.port("correo", "blocked"), hand.port("marca", "in")))
    ways = hand.ways()
    assert ("correo", "blocked", "marca") in ways
    assert ("correo", "blocked", "sin-canal") not in ways, "one branch leads to one place"


def test_a_step_dropped_on_a_way_stands_on_it(hand: Hand) -> None:
    hand.tool("fit").click()
    hand.page.wait_for_timeout(400)
    paper = hand.page.locator(".react-flow__pane").bounding_box()
    way = hand.page.get_by_test_id("plus-quincena-next").bounding_box()
    assert paper and way
    x, y = int(way["x"] + way["width"] / 2 - paper["x"]), int(way["y"] - 6 - paper["y"])
    hand.edit(lambda: hand.drag_kind("wait", x, y))
    assert {("quincena", "next", "espera"), ("espera", "next", "recordatorio")} <= hand.ways()


def test_the_plus_on_a_way_inserts_a_step_and_a_deleted_one_heals_the_gap(hand: Hand) -> None:
    before = hand.ways()
    hand.tool("fit").click()
    hand.page.wait_for_timeout(400)
    hand.tool("plus-quincena-next").click()
    hand.edit(lambda: hand.tool("menu-wait").click())
    assert {("quincena", "next", "espera"), ("espera", "next", "recordatorio")} <= hand.ways()
    hand.choose("espera")
    hand.edit(lambda: hand.press("Delete"))
    assert hand.ways() == before
    hand.edit(lambda: hand.press("Control+z"))  # the canvas still hears the keys after a deletion
    assert "espera" in hand.ids()
    hand.edit(lambda: hand.press("Meta+z"))
    assert hand.ways() == before


def test_a_double_click_offers_the_kinds(hand: Hand) -> None:
    hand.tool("fit").click()
    hand.page.wait_for_timeout(400)
    hand.page.locator(".react-flow__pane").dblclick(position={"x": 40, "y": 60})
    hand.edit(lambda: hand.tool("menu-end").click())
    assert "salida" in hand.ids()
    hand.edit(lambda: hand.tool("pal-offer").dblclick())
    assert "oferta" in hand.ids()


def test_a_circle_without_a_wait_is_refused_with_its_reason(hand: Hand) -> None:
    hand.tool("fit").click()
    hand.page.wait_for_timeout(400)
    before = hand.ways()
    hand.wire(hand.port("correo", "blocked"), hand.port("recordatorio", "in"))
    expect(hand.tool("refusal")).to_contain_text("círculo")
    assert hand.ways() == before


def test_undo_takes_back_what_was_said_in_the_inspector(hand: Hand) -> None:
    hand.choose("recordatorio")
    name = hand.page.get_by_label("Nombre", exact=True)
    name.fill("Primer aviso")
    name.press("Enter")
    expect(hand.node("recordatorio")).to_contain_text("Primer aviso")
    hand.node("recordatorio").locator(".name").click()
    hand.edit(lambda: hand.press("Control+z"))
    expect(hand.node("recordatorio")).to_contain_text("Recordatorio por WhatsApp")
    expect(name).to_have_value("Recordatorio por WhatsApp")
    hand.edit(lambda: hand.press("Control+Shift+z"))
    expect(name).to_have_value("Primer aviso")


def test_a_name_typed_before_a_drag_survives_it(hand: Hand) -> None:
    hand.choose("sms")
    name = hand.page.get_by_label("Nombre", exact=True)
    name.fill("Aviso corto")
    name.press("Enter")
    box = hand.node("sms").bounding_box()
    assert box
    hand.page.mouse.move(box["x"] + 60, box["y"] + 12)
    hand.page.mouse.down()
    hand.page.mouse.move(box["x"] + 90, box["y"] + 40, steps=5)
    hand.edit(hand.page.mouse.up)
    held = {node["id"]: node for node in hand.document()["nodes"]}
    assert held["sms"]["name"] == "Aviso corto"
    expect(hand.node("sms")).to_contain_text("Aviso corto")


def test_backspace_in_the_inspector_deletes_letters_not_steps(hand: Hand) -> None:
    hand.choose("sms")
    name = hand.page.get_by_label("Nombre", exact=True)
    name.click()
    name.press("End")
    for _ in range(3):
        name.press("Backspace")
    name.press("Enter")
    expect(hand.node("sms")).to_contain_text("Recordatorio por ")
    assert "sms" in hand.ids()


def test_the_keys_of_the_page_stay_silent_over_the_canvas(hand: Hand) -> None:
    hand.choose("sms")
    hand.press("c")
    hand.press("r")
    expect(hand.page.get_by_role("dialog")).to_have_count(0)


def test_steps_are_copied_into_another_strategy(hand: Hand, page: Page, drawing_url: str) -> None:
    hand.choose("sms")
    hand.press("Control+d")
    hand.kept()
    assert "sms-2" in hand.ids()
    hand.choose("sms")
    hand.node("correo").locator(".name").click(modifiers=["Control"])
    hand.press("Control+c")
    other = Hand(page).on(f"{drawing_url}/?strategy=facturas-b2b")
    assert not {"sms", "correo-2"} & set(other.ids())
    other.page.locator(".react-flow__pane").click(position={"x": 10, "y": 10})
    other.node("entrada").locator(".name").click()
    before = len(other.ids())
    other.edit(lambda: other.press("Control+v"))
    assert len(other.ids()) == before + 2
    held = {node["id"]: node for node in other.document()["nodes"]}
    assert held["sms"]["variants"] == [{"template": "preventiva_sms"}]


def test_tidy_moves_every_step_at_once_and_is_undone_at_once(hand: Hand) -> None:
    before = hand.document()["layout"]
    hand.edit(lambda: hand.tool("turn").click())
    sideways = hand.document()["layout"]
    assert max(at[0] for at in sideways.values()) > max(at[1] for at in sideways.values())
    hand.edit(lambda: hand.tool("undo").click())
    assert hand.document()["layout"] == before


def test_a_note_is_written_and_kept_beside_the_meaning(hand: Hand) -> None:
    hand.edit(lambda: hand.tool("note").click())
    text = hand.page.locator(".note textarea")
    text.fill("Revisar con jurídico")
    hand.edit(lambda: text.blur())
    assert [note["text"] for note in hand.document()["notes"]] == ["Revisar con jurídico"]


def test_a_finding_leads_to_its_step(hand: Hand) -> None:
    hand.choose("correo")
    hand.edit(lambda: hand.press("Control+d"))
    expect(hand.node("correo-2").locator(".mark.error")).to_be_visible()
    hand.choose("entrada")
    hand.page.get_by_text("Hallazgos", exact=False).first.click()
    hand.page.get_by_role("button", name="no lleva a ninguna parte").first.click()
    expect(hand.node("correo-2").locator(".card")).to_contain_class("found")


def test_a_condition_is_built_by_rows_and_said_as_a_sentence(hand: Hand) -> None:
    hand.choose("entrada")
    inspector = hand.page.locator(".st-key-inspector")
    rows = len(hand.document()["nodes"][0]["when"]["all"])
    inspector.get_by_role("button", name="+ dato").click()
    expect(inspector.get_by_text("Entra: ")).to_contain_text("días de mora al menos 1")
    hand.until(lambda held: len(held["nodes"][0]["when"]["all"]) == rows + 1)


def test_a_published_version_is_only_looked_at(page: Page, drawing_url: str) -> None:
    hand = Hand(page)
    page.goto(f"{drawing_url}/?strategy=preventiva&readonly=1")
    expect(hand.tool("sync")).to_have_text("solo lectura")
    expect(hand.tool("undo")).to_have_count(0)
    expect(page.locator(".palette")).to_have_count(0)
    before = hand.ids()
    hand.node("sms").locator(".name").click()
    hand.press("Delete")
    assert hand.ids() == before
