"""The words of the portal are all there in every language, and its pages can be heard as well as seen."""

import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest

from api.portal.refusals import STATUSES
from api.portal.words import phrases
from tests.portal.world import PortalWorld

ROOT = Path(__file__).parents[2] / "api" / "portal"
INPUTS = {"input", "textarea", "select"}


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(phrases()))
def test_a_phrase_is_there_in_both_languages_with_the_same_blanks(key: str) -> None:
    phrase = phrases()[key]
    assert {"es", "en"} <= phrase.keys() <= {"es", "usted", "en"}
    assert len({frozenset(names_in(said)) for said in phrase.values()}) == 1


def test_every_phrase_that_is_named_exists_and_none_is_idle() -> None:
    sources = [*(ROOT / "templates").glob("*.html"), *ROOT.rglob("*.py")]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    named = set(re.findall(r'\bt\("([a-z_.]+)"[,)]', text)) | set(re.findall(r'\bwords\("([a-z_.]+)"', text))
    assert named - phrases().keys() == set()
    built = "door.document. state. note. act. dispute. done. wrong. stop. contact. pay.".split()
    idle = {key for key in phrases() if f'"{key}"' not in text and not key.startswith(tuple(built))}
    assert idle == set()


@pytest.mark.parametrize("page", sorted(STATUSES))
def test_every_stop_has_its_words(page: str) -> None:
    assert {f"stop.{page}.title", f"stop.{page}.what"} <= phrases().keys()


class Outline(HTMLParser):
    """Headings, labelled fields and what describes them, of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.language, self.headings = "", list[str]()
        self.labelled, self.ids, self.fields = set[str](), set[str](), list[tuple[dict[str, str], bool]]()
        self.described = set[str]()
        self._in_label = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.ids.add(told.get("id", ""))
        self.described.update(told.get("aria-describedby", "").split())
        if tag == "html":
            self.language = told.get("lang", "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag == "label":
            self._in_label += 1
            self.labelled.add(told.get("for", ""))
        if tag in INPUTS and told.get("type") != "hidden":
            self.fields.append((told, self._in_label > 0))

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label -= 1


def test_every_page_has_one_title_a_language_and_a_label_for_each_field(portal: PortalWorld) -> None:
    browser = portal.browser()
    browser.open(portal.link())
    pages = [browser.page]
    browser.say("NADIE")
    pages.append(browser.page)
    browser = portal.inside()
    for page in ("", "/promesa", "/ya-pague", "/no-reconozco", "/pagar", "/convenio"):
        browser.open(f"/portal/cuentas/{portal.card}{page}")
        pages.append(browser.page)
    browser.send(f"/portal/cuentas/{portal.card}/promesa", fecha="x", monto="y")
    pages.append(browser.page)
    browser.open("/portal/contacto")
    for text in [*pages, browser.page]:
        outline = Outline()
        outline.feed(text)
        assert outline.language == "es" and outline.headings.count("h1") == 1
        assert outline.described <= outline.ids
        for field, inside in outline.fields:
            assert inside or field["id"] in outline.labelled, field


def test_text_stands_out_from_what_is_behind_it() -> None:
    look = (ROOT / "look.css").read_text(encoding="utf-8")
    colour = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", look))
    for text in ("#1f2430", "#596070", colour["accent"], colour["bad"], "#97450a", "#126b33"):
        for behind in (colour["background"], colour["surface"], colour["muted-soft"]):
            assert contrast(text, behind) >= 4.5, (text, behind)
    for text, behind in (
        ("#126b33", "good-soft"), ("#97450a", "warn-soft"), ("#991515", "bad-soft"),
        ("#4b5262", "muted-soft"), (colour["accent"], "accent-soft"), ("#596070", "accent-soft"),
    ):  # fmt: skip
        assert contrast(text, colour[behind]) >= 4.5, (text, behind)


def contrast(one: str, other: str) -> float:
    """WCAG 2: the ratio of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
