"""Which rule binds where: packs and places become lookup tables over cells.

A cell is one place x channel x purpose, numbered ``place * 64 + channel * 8 + purpose``; a rule's
``cells`` says in which of them it binds, so that NumPy asks it for a million rows at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import numpy as np
from numpy.typing import NDArray

from engine.contact_policy.columns import Place, Rule
from engine.contact_policy.pack import DEFAULT, Pack, load_pack, pack_keys
from engine.contact_policy.rules import DutyRule, LawRule
from engine.errors import PolicyError
from engine.vocabulary import Channel, Purpose

CELLS = 64
"""Cells of one place: eight channel codes by eight purpose codes."""


@dataclass(frozen=True)
class BoundRule:
    """A rule of a pack with the cells it binds (bool, places x 64) and its channels (bool, 8)."""

    index: int
    pack: Pack
    rule: LawRule
    cells: NDArray[np.bool_]
    channels: NDArray[np.bool_]

    @property
    def cited(self) -> Rule:
        """The rule as a verdict names it."""
        rule, pack = self.rule, self.pack
        kind = str(getattr(rule, "kind", ""))
        return Rule(
            rule.id, kind, rule.law, rule.article, pack.key, pack.version, pack.sha256,
            rule.text_es, rule.text_en,
        )  # fmt: skip


def usable_packs(packs: Mapping[str, Pack], confirmed_drafts: Collection[str]) -> dict[str, Pack]:
    """The packs with the house default among them; a draft nobody has confirmed is refused."""
    for key, pack in packs.items():
        if pack.status == "draft" and key not in confirmed_drafts:
            raise PolicyError(
                f"the contact-law pack {key} is a draft",
                code="policy.draft_pack",
                place=key,
                hint=f"a person must confirm it: confirmed_drafts={{'{key}'}}",
            )
    return {DEFAULT: load_pack(DEFAULT), **packs}


def settle_places(places: Sequence[Place], packs: Mapping[str, Pack], portfolio: str) -> tuple[Place, ...]:
    """Places with a known country, a plain subdivision (``AP``, also for ``CL-AP``) and their zones."""
    return tuple(_settle(place, packs, portfolio) for place in places)


def bind(
    places: Sequence[Place], settled: Sequence[Place], packs: Mapping[str, Pack], portfolio: str
) -> tuple[BoundRule, ...]:
    """Every rule that binds in some place, in pack order; duties decide nothing and are left out.

    ``places`` as given say which packs bind (an unknown place: the house default and the portfolio's
    country together), ``settled`` say where they lie.
    """
    packs_of = [_packs_of(place, packs, portfolio) for place in places]
    bound: list[BoundRule] = []
    for key, pack in sorted(packs.items(), key=lambda item: (item[0] == DEFAULT, item[0])):
        for rule in pack.rules:
            where = [
                (rule.everywhere or key in packs_of[number]) and _in_subdivision(rule, place)
                for number, place in enumerate(settled)
            ]
            if any(where) and not isinstance(rule, DutyRule):
                cells = np.outer(np.array(where, np.bool_), _cells_of_one_place(rule)).ravel()
                bound.append(BoundRule(len(bound), pack, rule, cells, _channels(rule)))
    return tuple(bound)


def _settle(place: Place, packs: Mapping[str, Pack], portfolio: str) -> Place:
    if _is_unknown(place, packs):
        place = Place(portfolio, None, place.zones)
    zones = place.zones or _zones_of(place.country, packs)
    strange = [zone for zone in zones if not _is_zone(zone)]
    if strange or not zones:
        raise PolicyError(
            f"unknown time zones {strange}" if strange else "no time zone, in a country without pack",
            code="policy.place",
            place=place.country,
            hint="give the place its IANA zones",
        )
    prefix = f"{place.country}-"
    subdivision = place.subdivision.removeprefix(prefix) if place.subdivision else None
    return replace(place, subdivision=subdivision, zones=zones)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _zones_of(country: str, packs: Mapping[str, Pack]) -> tuple[str, ...]:
    """Every zone of a country; where its zones lie is no law, so a draft may say it."""
    if country in packs:
        return packs[country].zones
    return load_pack(country).zones if country in pack_keys() else ()


def _packs_of(place: Place, packs: Mapping[str, Pack], portfolio: str) -> set[str]:
    if _is_unknown(place, packs):
        return {DEFAULT, portfolio}
    if place.country in packs:
        return {place.country}
    if place.country in pack_keys() and load_pack(place.country).status == "ready":
        raise PolicyError(
            f"a debtor lives in {place.country}, whose law was not given to the policy",
            code="policy.missing_pack",
            place=place.country,
            hint="load its pack too: load_packs",
        )
    return {DEFAULT}


def _is_unknown(place: Place, packs: Mapping[str, Pack]) -> bool:
    known = place.country in packs or place.country in holidays.list_supported_countries()
    return place.country == DEFAULT or not known


def _in_subdivision(rule: LawRule, place: Place) -> bool:
    """A debtor whose subdivision is not known is bound by every subdivision's rule."""
    return not rule.subdivisions or place.subdivision is None or place.subdivision in rule.subdivisions


def _cells_of_one_place(rule: LawRule) -> NDArray[np.bool_]:
    purposes = np.zeros(8, np.bool_)
    purposes[[Purpose.of(word) for word in rule.purposes]] = True
    return np.outer(_channels(rule), purposes).ravel()


def _channels(rule: LawRule) -> NDArray[np.bool_]:
    channels = np.zeros(8, np.bool_)
    channels[[Channel.of(word) for word in rule.channels]] = True
    return channels
