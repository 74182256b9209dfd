"""A person's hand on the canvas: drags, connects, types, and reads what Python holds."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect


class Hand:
    """One tab with a canvas in it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def on(self, url: str) -> "Hand":
        """Open a page and wait for its drawing."""
        self.page.goto(url)
        self.ready()
        return self

    def ready(self) -> None:
        """Wait until the canvas is drawn and kept."""
        self.page.locator(".react-flow__node").first.wait_for()
        self.kept()

    def node(self, name: str) -> Locator:
        return self.page.locator(f".react-flow__node[data-id='{name}']")

    def port(self, name: str, port: str) -> Locator:
        return self.node(name).locator(f".react-flow__handle[data-handleid='{port}']")

    def tool(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)

    def choose(self, name: str) -> None:
        """Find a step by its id and choose it."""
        self.tool("search").fill("")
        self.tool("search").fill(name)
        self.tool("search").press("Enter")
        expect(self.node(name)).to_have_class(re.compile("selected"))
        self.page.wait_for_timeout(350)  # the canvas glides there
        self.node(name).locator(".name").click()

    def drag_kind(self, kind: str, x: int, y: int) -> None:
        """Draw a kind from the palette to a place of the paper."""
        paper = self.page.locator(".react-flow__pane")
        self.tool(f"pal-{kind}").drag_to(paper, target_position={"x": x, "y": y})

    def wire(self, start: Locator, end: Locator) -> None:
        """Connect two handles with the mouse."""
        (x, y), (to_x, to_y) = _middle(start), _middle(end)
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 12, y + 8, steps=3)
        mouse.move(to_x, to_y, steps=10)
        mouse.up()

    def edit(self, action: Any) -> None:
        """Do something that changes the document, and wait until Python has it."""
        before = self.seq()
        action()
        expect(self.tool("sync")).not_to_have_attribute("data-seq", str(before))
        self.kept()

    def seq(self) -> int:
        return int(self.tool("sync").get_attribute("data-seq") or 0)

    def kept(self) -> None:
        expect(self.tool("sync")).to_have_text("✓ guardado")

    def document(self) -> dict[str, Any]:
        """What Python holds once it has seen every edit of this hand."""
        return self.until(lambda _: True)

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What Python holds as soon as it is as expected."""
        for _ in range(150):
            told = json.loads(self.page.locator(".st-key-document code").inner_text())
            if told["ack"] == self.seq() and holds(told["document"]):
                document: dict[str, Any] = told["document"]
                return document
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the document never became as expected: {told}")

    def ways(self) -> set[tuple[str, str, str]]:
        return {
            (edge["source"], edge.get("port", "next"), edge["target"]) for edge in self.document()["edges"]
        }

    def ids(self) -> list[str]:
        return [node["id"] for node in self.document()["nodes"]]


def _middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
