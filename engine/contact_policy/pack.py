"""A contact-law pack: the dated, cited rules of one country, with the hash a person approves.

Packs are read by ``importlib.resources``; with the time-zone data they are the only files the
engine reads. No pack is legal advice: the client's counsel approves a pack, by its hash.
"""

import hashlib
import json
from collections.abc import Iterable
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from engine.contact_policy.rules import AnyRule, Frozen, Reading
from engine.errors import PolicyError

DEFAULT = "default"
"""Key of the house default: for unknown places, and the home of the rules that bind everywhere."""

PACK_FILES = "engine.contact_policy.packs"
Words = Annotated[str, Field(min_length=1)]


class OpenQuestion(Frozen):
    """A yellow flag: what counsel still has to say about the pack."""

    id: str
    text_es: Words
    text_en: Words


class Pack(Frozen):
    """The rules of one country as one reading has them.

    >>> mexico = load_pack("MX")
    >>> mexico.key, mexico.status, mexico.reading, len(mexico.sha256)
    ('MX', 'ready', 'strict', 64)
    """

    key: str
    name_es: Words
    name_en: Words
    version: Words
    status: Literal["ready", "draft"]
    approved_by_default: Literal[False]
    as_of: str
    zones: tuple[str, ...]
    """Every IANA zone of the country: the candidates of a debtor whose zone is not known."""
    open_questions: tuple[OpenQuestion, ...] = ()
    reading: Reading = "letter"
    """``letter`` in the file; ``strict`` once the strict presets are put in, as they are by default."""
    tightened: tuple[str, ...] = ()
    """The rules a creditor or portfolio has tightened or added, in order."""
    rules: tuple[AnyRule, ...]

    @property
    def sha256(self) -> str:
        """The content hash: sha256 of the canonical JSON; what an approval is recorded against."""
        content = json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        return hashlib.sha256(content.encode()).hexdigest()

    def read(self, reading: Reading) -> Self:
        """This pack in another reading; only a pack as it ships still holds both."""
        if self.reading == reading:
            return self
        if self.reading != "letter" or self.tightened:
            raise PolicyError(
                f"the reading of pack {self.key} is settled",
                code="policy.reading",
                place=self.key,
                hint="load it afresh with load_pack, and tighten it last",
            )
        rules = tuple(rule.read(reading) for rule in self.rules)
        return self.model_copy(update={"reading": reading, "rules": rules})

    @model_validator(mode="after")
    def _rule_ids_are_unique(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) != len(ids):
            raise ValueError("two rules share an id")
        return self


_PACK: TypeAdapter[Pack] = TypeAdapter(Pack)


def parse_pack(document: dict[str, Any], *, place: str = "") -> Pack:
    """The pack a JSON document holds; ``PolicyError`` with every fault when it holds none."""
    try:
        return _PACK.validate_python(document)
    except ValidationError as fault:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors())
        raise PolicyError(
            f"not a readable pack: {faults}", code="policy.pack", place=place, hint="see docs/contact-law.md"
        ) from fault


def pack_keys() -> tuple[str, ...]:
    """The keys of the packs that ship, the default included.

    >>> [key for key in ("MX", "CO", "CL", "default") if key in pack_keys()]
    ['MX', 'CO', 'CL', 'default']
    """
    names = (entry.name for entry in resources.files(PACK_FILES).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def load_pack(key: str, *, reading: Reading = "strict") -> Pack:
    """One shipped pack, in its strictest reading unless counsel has chosen the letter.

    A draft can be loaded, and shown; :class:`ContactPolicy` refuses to use it unconfirmed.

    >>> load_pack("CO", reading="letter").reading
    'letter'
    """
    if key not in pack_keys():
        raise PolicyError(
            f"no contact-law pack '{key}'",
            code="policy.unknown_pack",
            place=key,
            hint=f"packs: {', '.join(pack_keys())}",
        )
    text = resources.files(PACK_FILES).joinpath(f"{key}.json").read_text(encoding="utf-8")
    document = json.loads(text)
    pack = parse_pack(document, place=key)
    if reading == "letter":
        return pack
    return pack.read(reading)


def load_packs(keys: Iterable[str], *, reading: Reading = "strict") -> dict[str, Pack]:
    """Several packs by key, the house default always among them.

    >>> sorted(load_packs(["MX"]))
    ['MX', 'default']
    """
    return {key: load_pack(key, reading=reading) for key in {*keys, DEFAULT}}
