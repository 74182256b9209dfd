"""What a reply means, by a classifier trained in the process from examples that ship with the product.

Character and word n-grams and a logistic regression: half a second to train, a tenth of a millisecond to
ask, nothing to download. Corrections by people are examples like the others, and outweigh them.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

CORRECTION_WEIGHT = 3
"""A correction counts as so many shipped examples: it is how these debtors really write."""

Example = tuple[str, str]
"""A text and its intent."""


@cache
def shipped_examples() -> Mapping[str, tuple[str, ...]]:
    """The examples that ship with the product, by intent; at least forty each."""
    text = files("channels.replies").joinpath("examples_es.json").read_text(encoding="utf-8")
    return {intent: tuple(texts) for intent, texts in json.loads(text).items()}


def intents() -> tuple[str, ...]:
    """Every intent a reply may have, in alphabetical order."""
    return tuple(sorted(shipped_examples()))


def folded(text: str) -> str:
    """A text as the classifier reads it: small letters without accents, digits all alike.

    >>> folded("¡Págo el 15, a las 5PM!")
    'pago el 00 a las 0pm'
    """
    bare = unicodedata.normalize("NFKD", text.casefold())
    letters = (sign for sign in bare if not unicodedata.combining(sign))
    words = "".join("0" if sign.isdigit() else sign if sign.isalpha() else " " for sign in letters)
    return " ".join(words.split()) or text.strip()


class Classifier:
    """A trained model; asked many times, never changed."""

    def __init__(self, corrections: Sequence[Example] = ()) -> None:
        pairs = [(text, intent) for intent, texts in shipped_examples().items() for text in texts]
        pairs += [pair for pair in corrections for _ in range(CORRECTION_WEIGHT)]
        self._model = _untrained()
        self._model.fit([folded(text) for text, _ in pairs], [intent for _, intent in pairs])

    def ask(self, text: str) -> tuple[str, float]:
        """The likeliest intent and its probability (0..1)."""
        ((best, likely),) = self.ask_all([text])
        return best, likely

    def ask_all(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """The same for many texts."""
        chances = self._model.predict_proba([folded(text) for text in texts])
        classes = self._model.classes_
        return [(str(classes[row.argmax()]), float(row.max())) for row in chances]


@lru_cache(maxsize=2)
def classifier(corrections: tuple[Example, ...] = ()) -> Classifier:
    """The classifier trained with some corrections, kept until others come."""
    return Classifier(corrections)


def _untrained() -> Any:
    """Character and word n-grams into a logistic regression.

    The library is imported here: every process imports this module, and few are ever asked.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline, make_union  # type: ignore[import-untyped]

    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    words = TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True)
    return make_pipeline(make_union(characters, words), LogisticRegression(C=20, max_iter=1_000))
