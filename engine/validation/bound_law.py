"""The rules of each country a strategy runs in, as far as they bind everyone there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from engine.contact_policy import DEFAULT
from engine.contact_policy.rules import ForbiddenChannelRule, LawRule, WindowRule
from engine.strategy.document import Strategy
from engine.validation.context import Context

R = TypeVar("R", bound=LawRule)
WEEK = 7


@dataclass(frozen=True)
class Country:
    """A country's own rules and those of the house that bind everywhere; regional ones are left out."""

    key: str
    rules: tuple[LawRule, ...]

    def of(self, kind: type[R], channel: str, purpose: str) -> Iterator[R]:
        """The rules of a kind that bind a channel and a purpose."""
        for rule in self.rules:
            if isinstance(rule, kind) and channel in rule.channels and purpose in rule.purposes:
                yield rule

    def hours(self, channel: str, purpose: str) -> list[tuple[int, int] | None]:
        """Minutes ``[opens, closes)`` after midnight by weekday (Monday first), ``None`` when closed.

        >>> from engine.contact_policy import load_pack
        >>> Country("CO", load_pack("CO").rules).hours("whatsapp", "collection")[4:]
        [(420, 1140), (480, 900), None]
        """
        week: list[tuple[int, int] | None] = [(0, 24 * 60)] * WEEK
        for rule in self.of(WindowRule, channel, purpose):
            for weekday, before in enumerate(week):
                hours = rule.hours.minutes(weekday)
                both = before and hours and (max(before[0], hours[0]), min(before[1], hours[1]))
                week[weekday] = both if both and both[0] < both[1] else None
        return week


def countries(strategy: Strategy, context: Context) -> list[Country]:
    """The country of the strategy, else every country of the context; the house default where no pack is.

    >>> from engine.contact_policy import load_packs
    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> context = Context(packs=load_packs(["MX", "CO"]))
    >>> [country.key for country in countries(read_strategy(SMALLEST), context)]
    ['CO', 'MX']
    """
    if context.packs is None:
        return []
    keys = sorted(key for key in context.packs if key != DEFAULT) or [DEFAULT]
    if strategy.country is not None:
        keys = [strategy.country]
    house = context.packs[DEFAULT].rules if DEFAULT in context.packs else ()
    found = []
    for key in keys:
        own = context.packs[key].rules if key in context.packs else house
        shared = (rule for rule in house if rule.everywhere and rule not in own)
        found.append(Country(key, tuple(rule for rule in (*own, *shared) if not rule.subdivisions)))
    return found


def channel_is_closed(country: Country, channel: str, purpose: str = "collection") -> bool:
    """Whether a channel is forbidden or has no lawful hour on any weekday."""
    forbidden = any(country.of(ForbiddenChannelRule, channel, purpose))
    return forbidden or not any(country.hours(channel, purpose))
