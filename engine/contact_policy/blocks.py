"""What time does not lift: stops, refused and unauthorised channels, third parties, no contact point."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

from engine.contact_policy.binding import BoundRule
from engine.contact_policy.columns import ContactRequests
from engine.contact_policy.rules import (
    ConsentRule,
    ContactPointRule,
    ForbiddenChannelRule,
    LawRule,
    OptOutRule,
    RelationRule,
    RelationWord,
    StopRule,
)
from engine.vocabulary import Consent, Relation, Stop

BLOCKING_ORDER: tuple[type[LawRule], ...] = (
    StopRule,
    OptOutRule,
    RelationRule,
    ForbiddenChannelRule,
    ConsentRule,
    ContactPointRule,
)
"""The order in which blocks are named when several apply: the gravest first."""


def blocking_rules(bound: Sequence[BoundRule]) -> list[BoundRule]:
    """The rules that block, gravest kind first, a country's own before the house's."""
    return [b for kind in BLOCKING_ORDER for b in bound if isinstance(b.rule, kind)]


def asks(rule: LawRule) -> tuple[object, ...]:
    """What a blocking rule looks at: rules with the same answer are offended by the same requests."""
    details = (
        getattr(rule, name, None) for name in ("stops", "except_relations", "relations", "unknown_suffices")
    )
    return (type(rule), *details)


def offends(rule: LawRule, requests: ContactRequests) -> NDArray[np.bool_] | None:
    """Which requests a blocking rule would stop where it binds; ``None`` for all of them."""
    if isinstance(rule, StopRule):
        bits = reduce(or_, (Stop[word.upper()] for word in rule.stops), Stop.NONE)
        stopped = (requests.stops & int(bits)) != 0
        if rule.except_relations and stopped.any():
            stopped &= ~_is_one_of(requests.relation, rule.except_relations)
        return np.asarray(stopped)
    if isinstance(rule, OptOutRule):
        return np.asarray(requests.consent == Consent.DENIED)
    if isinstance(rule, RelationRule):
        return ~_is_one_of(requests.relation, rule.relations)
    if isinstance(rule, ConsentRule):
        lacking = requests.consent != Consent.GRANTED
        return np.asarray(requests.consent == Consent.DENIED) if rule.unknown_suffices else lacking
    if isinstance(rule, ContactPointRule):
        return ~requests.reachable
    return None


def _is_one_of(relation: NDArray[np.int8], words: Sequence[RelationWord]) -> NDArray[np.bool_]:
    known = np.zeros(256, np.bool_)
    known[[Relation.of(word) for word in words]] = True
    return known[relation.view(np.uint8)]
