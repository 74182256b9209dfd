"""What a canvas inside Streamlit may get wrong unseen: telling a choice twice, bearing no script policy."""

import json

import pytest
from playwright.sync_api import Page, WebSocket

from tests.browser.hand import Hand

pytestmark = pytest.mark.browser

POLICY = "script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval'; object-src 'none'"
"""No script but those served by the application itself: none inline, none from a ``blob:``."""


POLICED = """policy => new MutationObserver((_, watch) => {
  if (!document.head) return;
  watch.disconnect();
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = policy;
  document.head.prepend(meta);
}).observe(document, { childList: true, subtree: true })"""
FROM_A_BLOB = """() => import(URL.createObjectURL(new Blob(["1"], { type: "text/javascript" })))
  .then(() => "ran", () => "refused")"""


class Sent:
    """How often the browser has spoken to Python, by its websocket."""

    def __init__(self, page: Page) -> None:
        self.frames = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda _: setattr(self, "frames", self.frames + 1))

    def during(self, page: Page, settle_ms: int = 1500) -> int:
        """Frames sent since last asked, once nothing more comes."""
        page.wait_for_timeout(settle_ms)
        said, self.frames = self.frames, 0
        return said


def test_a_step_that_is_added_and_chosen_is_told_once(page: Page, drawing_url: str) -> None:
    sent = Sent(page)
    hand = Hand(page).on(f"{drawing_url}/?strategy=preventiva")
    hand.tool("fit").click()
    sent.during(page)
    hand.edit(lambda: hand.tool("pal-offer").dblclick())
    assert "oferta" in hand.ids()
    assert sent.during(page) == 1, "the new step and its selection go together"


def test_a_step_chosen_again_is_not_told_again(page: Page, drawing_url: str) -> None:
    sent = Sent(page)
    hand = Hand(page).on(f"{drawing_url}/?strategy=preventiva")
    hand.choose("sms")
    assert sent.during(page) >= 1
    hand.node("sms").locator(".name").click()
    assert sent.during(page) == 0, "an equal selection is no news"


def test_the_canvas_needs_no_script_but_those_of_the_application(page: Page, drawing_url: str) -> None:
    """A strict policy stands on the page: the component comes by its own address, not from a blob."""
    scripts: list[str] = []
    page.on("request", lambda asked: scripts.append(asked.url) if asked.resource_type == "script" else None)
    page.add_init_script(f"({POLICED})({json.dumps(POLICY)})")
    hand = Hand(page).on(f"{drawing_url}/?strategy=preventiva")
    hand.edit(lambda: hand.tool("pal-end").dblclick())
    assert "salida" in hand.ids()
    assert page.evaluate(FROM_A_BLOB) == "refused", "the policy is in force"
    canvas = [url for url in scripts if "canvas" in url and url.split("?")[0].endswith(".js")]
    assert canvas and all(url.startswith(drawing_url) for url in canvas)
