"""A creditor or portfolio may make a pack stricter, never looser; a loosening is refused by name."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine.contact_policy.pack import Pack
from engine.contact_policy.rules import (
    AnyRule,
    CapRule,
    ChannelLockRule,
    ConsentRule,
    GapRule,
    LawRule,
    RelationRule,
    SpecialDaysRule,
    StopRule,
    Week,
    WindowRule,
)
from engine.errors import PolicyError

_RULE: TypeAdapter[AnyRule] = TypeAdapter(AnyRule)
_NAMED = {"id", "kind", "law", "article", "source", "confidence", "valid_from", "valid_to", "strict"}


def tighten(pack: Pack, changes: Mapping[str, Mapping[str, Any]]) -> Pack:
    """The pack with rules tightened, by rule id, or added: an id not in the pack is a whole new rule.

    The result is in force as it stands (its reading is settled) and has its own hash.
    ``PolicyError`` names the rule that is looser than before, or cannot be read.

    >>> from engine.contact_policy import load_pack
    >>> chile = load_pack("CL")
    >>> tighten(chile, {"cl-written": {"max": 1}}).tightened
    ('cl-written',)
    >>> tighten(chile, {"cl-written": {"max": 3}})
    Traceback (most recent call last):
    engine.errors.PolicyError: policy.loosened [CL/cl-written]: the change loosens 'max' (a creditor or \
portfolio may only tighten)
    """
    rules: dict[str, AnyRule] = {rule.id: rule.read("letter") for rule in pack.rules}
    for rule_id, change in changes.items():
        place = f"{pack.key}/{rule_id}"
        if rule_id in rules:
            rules[rule_id] = _tightened(rules[rule_id], change, place)
        else:
            rules[rule_id] = _read({"id": rule_id, **change}, place)
    return pack.model_copy(update={"rules": tuple(rules.values()), "tightened": (*pack.tightened, *changes)})


def loosened_fields(old: LawRule, new: LawRule) -> list[str]:
    """The parameters by which a rule would allow something its former self did not."""
    checks = _BINDS | _NARROWER.get(type(old), {})
    return [
        name for name, no_looser in checks.items() if not no_looser(getattr(old, name), getattr(new, name))
    ]


def _tightened(rule: AnyRule, change: Mapping[str, Any], place: str) -> AnyRule:
    renamed = sorted(set(change) & _NAMED)
    if renamed:
        raise PolicyError(
            f"{', '.join(renamed)} cannot be changed",
            code="policy.renamed",
            place=place,
            hint="change parameters, or add a rule of your own",
        )
    new = _read(rule.model_dump() | dict(change) | {"strict": None}, place)
    looser = loosened_fields(rule, new)
    if looser:
        raise PolicyError(
            f"the change loosens {', '.join(map(repr, looser))}",
            code="policy.loosened",
            place=place,
            hint="a creditor or portfolio may only tighten",
        )
    return new


def _read(document: dict[str, Any], place: str) -> AnyRule:
    try:
        return _RULE.validate_python(document)
    except ValidationError as fault:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors())
        raise PolicyError(
            f"not a readable rule: {faults}", code="policy.rule", place=place, hint="see docs/contact-law.md"
        ) from fault


def _superset(old: Any, new: Any) -> bool:
    return set(old) <= set(new)


def _subset(old: Any, new: Any) -> bool:
    return set(new) <= set(old)


def _same(old: Any, new: Any) -> bool:
    return bool(old == new)


def _no_more(old: Any, new: Any) -> bool:
    return bool(new <= old)


def _no_less(old: Any, new: Any) -> bool:
    return bool(old is None or new >= old)


def _stays(word: Any) -> Callable[[Any, Any], bool]:
    """Once a parameter has its strict value it keeps it."""
    return lambda old, new: bool(old != word or new == word)


def _within(old: Week, new: Week) -> bool:
    """Every new window lies inside the old one of its weekday."""
    for weekday in range(7):
        before, after = old.minutes(weekday), new.minutes(weekday)
        if after is not None and (before is None or after[0] < before[0] or after[1] > before[1]):
            return False
    return True


Check = Callable[[Any, Any], bool]
_BINDS: dict[str, Check] = {
    "channels": _superset,
    "purposes": _superset,
    "subdivisions": lambda old, new: not new or (bool(old) and _superset(old, new)),
    "everywhere": _stays(True),
}
_COUNTED: dict[str, Check] = {"counts": _stays("attempt"), "scope": _stays("person_creditor")}
_NARROWER: dict[type[LawRule], dict[str, Check]] = {
    WindowRule: {"hours": _within, "holidays": _stays("forbidden")},
    SpecialDaysRule: {"events": _superset},
    CapRule: {**_COUNTED, "max": _no_more, "period": _same, "days": _no_less, "per_channel": _stays(False)},
    GapRule: {**_COUNTED, "days_apart": _no_less},
    ChannelLockRule: _COUNTED,
    ConsentRule: {"unknown_suffices": _stays(False)},
    StopRule: {"stops": _superset, "except_relations": _subset},
    RelationRule: {"relations": _subset},
}
