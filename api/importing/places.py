"""Countries and regions as files write them, with the codes and time zones they stand for."""

import json
from functools import lru_cache
from importlib import resources
from typing import Any

from storage.book_in.places import Place


@lru_cache(maxsize=1)
def _atlas() -> dict[str, Any]:
    text = resources.files("api.importing").joinpath("places.json").read_text(encoding="utf-8")
    atlas: dict[str, Any] = json.loads(text)
    return atlas


@lru_cache(maxsize=1)
def country_words() -> dict[str, str]:
    """The country code of each folded name a file may use."""
    return {name: code for code, country in _atlas().items() for name in (code.lower(), *country["names"])}


@lru_cache(maxsize=100_000)
def place_of(country: str, region: str, phone_zones: tuple[str, ...] = ()) -> Place:
    """Where somebody is: the address wins, then the telephone's area, then every zone of the country.

    ``region`` is a folded name or a code; one that is not known leaves the subdivision empty. Zones of
    a telephone outside the country's are not believed.

    >>> place_of("MX", "baja california")
    ('MX', 'BCN', ('America/Tijuana',))
    >>> place_of("MX", "", ("America/Cancun",))
    ('MX', '', ('America/Cancun',))
    """
    atlas = _atlas().get(country, {"zones": [], "subdivisions": {}})
    for code, subdivision in atlas["subdivisions"].items():
        if region and (region == code.lower() or region in subdivision["names"]):
            return country, code, tuple(sorted(subdivision["zones"]))
    believed = tuple(sorted(set(phone_zones) & set(atlas["zones"])))
    return country, "", believed or tuple(sorted(atlas["zones"]))
