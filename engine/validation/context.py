"""What a strategy is held against besides itself: facts, templates, law, neighbours, capacity."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from engine.contact_policy import Pack
from engine.facts import CATALOGUE, Catalogue
from engine.strategy.document import Strategy


@dataclass(frozen=True)
class TemplateFacts:
    """What the validator asks of a message template.

    ``unguarded`` are variables that may be missing for a person and have no fallback text;
    ``names_consequence`` says that the words announce something a later step must carry out.
    ``recategorised`` is the provider's category where it is not ours, ``quality`` what people make of it.
    ``stage`` is what its words were checked for (preventiva, mora, aviso); ``free`` ones owe nothing.
    """

    channel: str
    language: str = "es"
    approved: bool = True
    names_consequence: bool = False
    unguarded: tuple[str, ...] = ()
    recategorised: str = ""
    quality: str = ""
    stage: str = ""


@dataclass(frozen=True)
class CapacityFigures:
    """Accounts a day: expected to arrive at each node, and what queues and channels can take."""

    arrivals: Mapping[str, int] = field(default_factory=dict)
    queues: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """Where a strategy is to run; a part that is ``None`` is not known and skips only its own checks.

    ``templates`` by key; ``packs`` by country, as :func:`engine.contact_policy.load_packs` gives them,
    of the countries the debtors live in; ``others`` the strategies published in the same portfolio;
    ``consent_sources`` the channels whose consent the portfolio records; ``prices`` what a message costs
    by channel.

    >>> Context().templates is None
    True
    """

    catalogue: Catalogue = field(default_factory=lambda: CATALOGUE)
    templates: Mapping[str, TemplateFacts] | None = None
    language: str | None = None
    packs: Mapping[str, Pack] | None = None
    others: Sequence[Strategy] | None = None
    consent_sources: AbstractSet[str] | None = None
    prices: Mapping[str, int] | None = None
    capacity: CapacityFigures | None = None
