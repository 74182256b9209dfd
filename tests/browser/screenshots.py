"""Takes the pictures of the README from the screens of the demo, running at an address."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from api.demo.users import PASSWORD
from tests.browser.conftest import SWITCHES

ADDRESS = "http://127.0.0.1:8501"
IMAGES = Path(__file__).parents[2] / "docs" / "images"
SETTLED_MS = 6000


def main(address: str) -> None:
    """Sign in as the strategist of the demo and photograph the pages worth showing."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        context = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=shutil.which("chromium"),
            headless=True,
            viewport={"width": 1366, "height": 768},
            args=SWITCHES,
        )
        page = context.new_page()
        page.set_default_timeout(90_000)
        page.goto(address)
        page.get_by_label("Usuario").fill("ana")
        page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Entrar").click()
        for link, name in (("Hoy", "hoy"), ("Mapa en vivo", "mapa"), ("Estrategias", "estrategias")):
            page.get_by_role("link", name=link).click()
            take(page, name)
        page.locator(".st-key-open-mora-1-30 button").click()
        page.locator(".react-flow__node").first.wait_for()
        page.locator(".card .figure").first.wait_for()
        page.locator(".react-flow__node[data-id='recordatorio'] .name").click()
        take(page, "lienzo")
        context.close()


def take(page: Page, name: str) -> None:
    """One picture, when the page has settled."""
    page.wait_for_timeout(SETTLED_MS)
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ADDRESS)
