"""The fixed words of the assistant: facts only, in the tone of the templates, by language and intent."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def assistant_texts() -> Mapping[str, Mapping[str, str]]:
    """Template sources by language and intent.

    >>> sorted(assistant_texts()["es"])
    ['como_pagar', 'plan', 'saldo']
    """
    document: dict[str, dict[str, str]] = json.loads(
        files("channels.replies").joinpath("assistant_texts.json").read_text("utf-8")
    )
    return document


def text_about(intent: str, language: str) -> str:
    """The words about an intent in a person's language, Spanish where it has none; empty: not a fact.

    >>> text_about("saldo", "en_US")[:5], text_about("queja", "es")
    ('Hello', '')
    """
    texts = assistant_texts()
    tongue = language.partition("_")[0]
    return texts.get(tongue, texts["es"]).get(intent, "")
