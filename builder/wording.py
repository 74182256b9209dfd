"""The words of the screens: Spanish as written in the code, other languages from gettext catalogues."""

import ast
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from engine.errors import ServiceError

CATALOGUES = Path(__file__).parent / "locale"
LANGUAGES = {"es": "Español", "en": "English"}


class Words:
    """Says a Spanish sentence in one language; ``{names}`` in it are filled in.

    >>> Words("es")("Faltan {n} pasos", n=3), Words("en")("Estrategias")
    ('Faltan 3 pasos', 'Strategies')
    """

    def __init__(self, language: str = "es") -> None:
        self.language = language if language in LANGUAGES else "es"
        self._catalogue = catalogue(self.language)

    def __call__(self, spanish: str, /, **values: object) -> str:
        said = self._catalogue.get(spanish) or spanish
        return said.format(**values) if values else said


@lru_cache(maxsize=4)
def catalogue(language: str) -> Mapping[str, str]:
    """What each Spanish sentence is in another language; empty for Spanish itself."""
    if language == "es":
        return {}
    said: dict[str, str] = {}
    for file in sorted((CATALOGUES / language / "LC_MESSAGES").glob("*.po")):
        said |= read_po(file.read_text(encoding="utf-8"))
    return said


def read_po(text: str) -> dict[str, str]:
    """The entries of a gettext catalogue; ``ServiceError`` names the line that is none.

    >>> read_po('msgid "Hoy"\\nmsgstr "Today"\\n')
    {'Hoy': 'Today'}
    """
    entries: dict[str, list[str]] = {}
    msgid: list[str] = []
    target = msgid
    for number, line in enumerate(text.splitlines(), start=1):
        word, _, rest = line.strip().partition(" ")
        if not word or word.startswith("#"):
            continue
        if word == "msgid":
            msgid = target = [_quoted(rest, number)]
        elif word == "msgstr":
            target = entries.setdefault("".join(msgid), [])
            target.append(_quoted(rest, number))
        else:
            target.append(_quoted(line.strip(), number))
    return {spanish: "".join(said) for spanish, said in entries.items() if spanish}


def _quoted(text: str, number: int) -> str:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        value = None
    if not isinstance(value, str):
        raise ServiceError("not a line of a catalogue", place=f"line {number}", code="words.unreadable")
    return value
