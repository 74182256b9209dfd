"""May we contact this person now? The law as dated, cited data per country, asked for whole columns."""

from engine.contact_policy.columns import (
    ContactHistory,
    ContactRequests,
    Place,
    Rule,
    SpecialDay,
    Verdicts,
)
from engine.contact_policy.listing import pack_table
from engine.contact_policy.pack import DEFAULT, Pack, load_pack, load_packs, pack_keys, parse_pack
from engine.contact_policy.policy import ContactPolicy
from engine.contact_policy.tighten import tighten

__all__ = [
    "DEFAULT",
    "ContactHistory",
    "ContactPolicy",
    "ContactRequests",
    "Pack",
    "Place",
    "Rule",
    "SpecialDay",
    "Verdicts",
    "load_pack",
    "load_packs",
    "pack_keys",
    "pack_table",
    "parse_pack",
    "tighten",
]
