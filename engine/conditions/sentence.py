"""A condition as a sentence a collections person reads, in Spanish or English."""

from datetime import date
from typing import Literal

from engine.conditions.model import AllOf, AnyOf, Comparison, Condition, Leaf, Not, Presence
from engine.currencies import decimals_of, decimals_shown
from engine.facts import Catalogue, Fact, FactType

Language = Literal["es", "en"]

_PHRASES: dict[str, tuple[str, str]] = {
    "=": ("igual a {}", "equal to {}"),
    "!=": ("distinto de {}", "other than {}"),
    "<": ("menor que {}", "less than {}"),
    "<=": ("a lo sumo {}", "at most {}"),
    ">": ("mayor que {}", "more than {}"),
    ">=": ("al menos {}", "at least {}"),
    "between": ("entre {} y {}", "between {} and {}"),
    "before": ("antes del {}", "before {}"),
    "after": ("después del {}", "after {}"),
    "within_days": ("en los próximos {} días", "within the next {} days"),
    "days_ago": ("en los últimos {} días", "within the last {} days"),
    "in": ("es uno de {}", "is one of {}"),
    "not_in": ("no es ninguno de {}", "is none of {}"),
    "has": ("incluye {}", "includes {}"),
    "has_any": ("incluye alguno de {}", "includes any of {}"),
    "has_not": ("no incluye {}", "does not include {}"),
    "is": ("es {}", "is {}"),
    "is_known": ("con dato", "is known"),
    "is_unknown": ("sin dato", "is unknown"),
}

_PHRASES_BY_TYPE: dict[tuple[FactType, str], tuple[str, str]] = {
    (FactType.DATE, "="): ("el {}", "on {}"),
    (FactType.ENUM, "="): ("es {}", "is {}"),
    (FactType.ENUM, "!="): ("no es {}", "is not {}"),
}

_TRUTHS = {("es", True): "sí", ("es", False): "no", ("en", True): "yes", ("en", False): "no"}
_NEGATION = {"es": "no se cumple que", "en": "it is not the case that"}


def sentence(
    condition: Condition, catalogue: Catalogue, language: Language = "es", currency: str = ""
) -> str:
    """The condition in words; amounts are in ``currency``, or in the one the condition itself asks for.

    >>> from engine.conditions.model import parse
    >>> from engine.facts import CATALOGUE
    >>> both = parse(
    ...     {
    ...         "all": [
    ...             {"fact": "days_past_due", "op": "between", "value": [1, 30]},
    ...             {"fact": "product", "op": "in", "value": ["tarjeta", "préstamo"]},
    ...         ]
    ...     }
    ... )
    >>> sentence(both, CATALOGUE)
    'Días de mora entre 1 y 30 y producto es uno de tarjeta, préstamo'
    >>> sentence(parse({"fact": "amount_to_cure", "op": ">", "value": 150000}), CATALOGUE, "en")
    'Amount to cure more than 1,500.00'
    >>> pesos = [
    ...     {"fact": "currency", "op": "=", "value": "CLP"},
    ...     {"fact": "amount_to_cure", "op": ">", "value": 150000},
    ... ]
    >>> sentence(parse({"all": pesos}), CATALOGUE, "en")
    'Currency is CLP and amount to cure more than 150,000'
    """
    said = _Speaker(catalogue, language, currency).say(condition)
    return said[:1].upper() + said[1:]


def asked_currency(condition: Condition) -> str:
    """The currency all of whose parts a condition asks for; empty where it asks for none.

    >>> from engine.conditions.model import parse
    >>> asked_currency(parse({"fact": "currency", "op": "=", "value": "CLP"}))
    ''
    """
    if isinstance(condition, AllOf):
        for part in condition.parts:
            if isinstance(part, Comparison) and (part.fact, part.op) == ("currency", "="):
                return str(part.value)
    return ""


class _Speaker:
    """Says conditions in one language."""

    def __init__(self, catalogue: Catalogue, language: Language, currency: str) -> None:
        self.catalogue = catalogue
        self.language: Language = language
        self.currency = currency

    def say(self, condition: Condition) -> str:
        if isinstance(condition, (Comparison, Presence)):
            return self._leaf(condition)
        if isinstance(condition, Not):
            return f"{_NEGATION[self.language]} {self._part(condition.part, condition)}"
        outside = self.currency
        self.currency = asked_currency(condition) or outside
        said = self._joined(condition)
        self.currency = outside
        return said

    def _joined(self, condition: AllOf | AnyOf) -> str:
        parts = [self._part(part, condition) for part in condition.parts]
        joined = parts[0]
        for part in parts[1:]:
            joined += f" {self._conjunction(isinstance(condition, AllOf), part)} {part}"
        return joined

    def _part(self, part: Condition, whole: Condition) -> str:
        """A part inside a whole, in brackets where the reader could not tell what belongs together."""
        said = self.say(part)
        if isinstance(part, (Comparison, Presence)) or type(part) is type(whole):
            return said
        return f"({said})"

    def _conjunction(self, conjunctive: bool, following: str) -> str:
        """*y* and *o*, which before the same sound are *e* and *u*."""
        if self.language == "en":
            return "and" if conjunctive else "or"
        sound = following.lower().removeprefix("h")
        if conjunctive:
            return "e" if sound.startswith(("i", "í")) and not sound.startswith("ie") else "y"
        return "u" if sound.startswith(("o", "ó")) else "o"

    def _leaf(self, leaf: Leaf) -> str:
        fact = self.catalogue.get(leaf.fact)
        phrase = self._phrase(leaf, fact)
        label = self._label(leaf, fact)
        if isinstance(leaf, Presence):
            return f"{label} {phrase}"
        if isinstance(leaf.value, bool):
            return f"{label}: {_TRUTHS[self.language, leaf.value]}"
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        said = [self._value(value, fact) for value in values]
        if phrase.count("{}") != len(said):
            said = [", ".join(said)] * phrase.count("{}")
        return f"{label} {phrase.format(*said)}"

    def _phrase(self, leaf: Leaf, fact: Fact | None) -> str:
        special = _PHRASES_BY_TYPE.get((fact.type, leaf.op)) if fact else None
        spanish, english = special or _PHRASES[leaf.op]
        return spanish if self.language == "es" else english

    def _label(self, leaf: Leaf, fact: Fact | None) -> str:
        if fact is None:
            return leaf.fact
        label = fact.label_es if self.language == "es" else fact.label_en
        return label if label[1:2].isupper() else label[:1].lower() + label[1:]

    def _value(self, value: int | str, fact: Fact | None) -> str:
        if isinstance(value, int):
            return self._amount(value) if fact and fact.type is FactType.MONEY else f"{value:,}"
        if fact and fact.type is FactType.DATE:
            return self._day(value)
        return value.replace("_", " ")

    def _amount(self, minor: int) -> str:
        whole, rest = divmod(abs(minor), 10 ** decimals_of(self.currency))
        shown = decimals_shown(minor, self.currency)
        fraction = f".{rest:0{shown}}" if shown else ""
        return f"{'-' if minor < 0 else ''}{whole:,}{fraction}"

    def _day(self, value: str) -> str:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return value
        return f"{day:%d/%m/%Y}" if self.language == "es" else day.isoformat()
