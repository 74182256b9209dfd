"""What a rule may know about an account: the catalogue that canvas, validator, loader and docs all read.

A fact has a name, a type, a unit, labels in Spanish and English, a meaning, and says whether it is
personal (personal facts never enter snapshots). Facts that depend on the day (``days_past_due``) are
never stored: they name the date they are derived from, and :mod:`engine.book` derives them.
"""

from engine.facts.catalogue import CATALOGUE, Catalogue
from engine.facts.fact import CHANNELS, Derivation, Fact, FactType
from engine.facts.of_the_debt import BUCKET_STARTS, BUCKETS

__all__ = ["BUCKETS", "BUCKET_STARTS", "CATALOGUE", "CHANNELS", "Catalogue", "Derivation", "Fact", "FactType"]
