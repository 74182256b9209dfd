"""The facts a portfolio's rules may use: the built-in catalogue plus the typed facts its settings declare."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from engine.errors import BookError
from engine.facts import CATALOGUE, Catalogue, Fact, FactType
from storage.custom_facts import TAKEN

SETTING = "custom_facts"
"""The key of a portfolio's settings that lists them."""

_MOST = 200
_UNITS = {"money": "minor units"}


class CustomFact(BaseModel):
    """One fact a portfolio adds; enums and sets list their words."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    type: Literal["number", "money", "date", "enum", "set", "boolean"]
    unit: str = Field(default="", max_length=40)
    label_es: str = Field(min_length=1, max_length=80)
    label_en: str = Field(default="", max_length=80)
    meaning: str = Field(default="", max_length=400)
    personal: bool = False
    values: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(default=(), max_length=64)

    @model_validator(mode="after")
    def _has_words_where_words_are_meant(self) -> "CustomFact":
        if (self.type in ("enum", "set")) != bool(self.values):
            raise ValueError("an enum or a set lists its words under values, no other type does")
        if len(set(self.values)) != len(self.values):
            raise ValueError("a word stands twice under values")
        return self

    def fact(self) -> Fact:
        """The same as the engine knows it."""
        return Fact(
            self.name,
            FactType(self.type),
            self.label_es,
            self.label_en or self.label_es,
            self.meaning,
            "custom",
            unit=self.unit or _UNITS.get(self.type, ""),
            personal=self.personal,
            values=self.values,
        )


_DECLARED: TypeAdapter[list[CustomFact]] = TypeAdapter(Annotated[list[CustomFact], Field(max_length=_MOST)])


def catalogue_of(settings: Mapping[str, Any]) -> Catalogue:
    """The catalogue of a portfolio with these settings.

    ``BookError`` names the declaration that is wrong: a type without meaning here, a name that is taken.

    >>> declared = [{"name": "sucursal_norte", "type": "boolean", "label_es": "Sucursal norte"}]
    >>> catalogue_of({"custom_facts": declared})["sucursal_norte"].custom
    True
    """
    declared = settings.get(SETTING) or []
    if not declared:
        return CATALOGUE
    try:
        facts = _DECLARED.validate_python(declared)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, (SETTING, *first["loc"])))
        raise BookError(
            first["msg"], place=place, hint="see docs/custom-facts.md", code="facts.declaration"
        ) from None
    for fact in facts:
        if fact.name in TAKEN or fact.name in CATALOGUE:
            raise BookError(
                f"a fact cannot be called {fact.name!r}: the name is taken",
                place=SETTING,
                hint=f"call it mi_{fact.name}, say",
                code="facts.name_taken",
            )
    return CATALOGUE.with_custom(fact.fact() for fact in facts)


def custom_facts(catalogue: Catalogue) -> list[Fact]:
    """The portfolio's own among a catalogue's facts."""
    return [fact for fact in catalogue.values() if fact.custom]
