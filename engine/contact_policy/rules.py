"""The kinds of rule a contact-law pack may hold, typed; a rule only ever narrows what is allowed.

Every rule cites its law and binds some channels, purposes and subdivisions. Its fields are the
letter of the law; ``strict`` overrides some of them with the strictest reading found, which is the
reading in force unless counsel chooses the letter.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

ChannelWord = Literal["whatsapp", "sms", "email", "voice", "letter", "assisted", "visit"]
PurposeWord = Literal["collection", "reminder", "notice", "confirmation", "answer", "information"]
RelationWord = Literal["titular", "codeudor", "aval", "representante"]
StopWord = Literal[
    "dispute", "complaint", "vulnerable", "deceased", "legal_representation",
    "insolvency", "minor", "opted_out", "missing",
]  # fmt: skip
SpecialDayKind = Literal["holiday", "mourning", "disaster", "election"]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
Hours = tuple[Clock, Clock] | None

ALL_CHANNELS: tuple[ChannelWord, ...] = (
    "whatsapp", "sms", "email", "voice", "letter", "assisted", "visit",
)  # fmt: skip
COLLECTING: tuple[PurposeWord, ...] = ("collection", "reminder", "notice")


class Frozen(BaseModel):
    """A value: unknown keys are refused and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Week(Frozen):
    """Lawful local hours by weekday, ``[from, to)``; ``null`` forbids the day.

    >>> Week(mon=("07:00", "19:00")).minutes(0), Week().minutes(0)
    ((420, 1140), None)
    """

    mon: Hours = None
    tue: Hours = None
    wed: Hours = None
    thu: Hours = None
    fri: Hours = None
    sat: Hours = None
    sun: Hours = None

    def minutes(self, weekday: int) -> tuple[int, int] | None:
        """Opening and closing minute after local midnight on a weekday (Monday is 0), or ``None``."""
        hours = (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)[weekday]
        return None if hours is None else (_minute(hours[0]), _minute(hours[1]))

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        for weekday in range(7):
            span = self.minutes(weekday)
            if span is not None and span[0] >= span[1]:
                raise ValueError("a window must open before it closes; write null for a closed day")
        return self


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


class LawRule(Frozen):
    """What every rule says: its name, its law, how sure we are of it, and whom it binds."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    law: str
    article: str
    valid_from: date | None = None
    valid_to: date | None = None
    source: str
    confidence: Literal["P", "S", "s", "G"]
    text_es: str
    text_en: str
    everywhere: bool = False
    """A rule of the house that binds in every country, beside the country's own."""
    subdivisions: tuple[str, ...] = ()
    """The subdivisions bound; none named: the whole country."""
    channels: tuple[ChannelWord, ...] = ALL_CHANNELS
    purposes: tuple[PurposeWord, ...] = COLLECTING
    strict: dict[str, Any] | None = None

    def in_force_on(self, day: date) -> bool:
        """Whether a local date lies within the rule's validity, both ends included."""
        return not (
            (self.valid_from is not None and day < self.valid_from)
            or (self.valid_to is not None and day > self.valid_to)
        )

    def read(self, reading: "Reading") -> Self:
        """The rule as a reading has it: the letter, or the letter with its strict preset put in."""
        if reading == "letter" or self.strict is None:
            return self.model_copy(update={"strict": None})
        return type(self).model_validate(self.model_dump() | self.strict | {"strict": None})

    @model_validator(mode="after")
    def _strict_preset_is_readable(self) -> Self:
        if self.strict is not None:
            if set(self.strict) & {"id", "kind", "law", "article", "strict"}:
                raise ValueError("a strict preset changes parameters, never the name or the law")
            self.read("strict")
        return self


Reading = Literal["strict", "letter"]
Scope = Literal["person_creditor", "person_debt"]
Counts = Literal["attempt", "two_way"]


class WindowRule(LawRule):
    """The local hours in which a contact may be made."""

    kind: Literal["window"]
    hours: Week
    holidays: Literal["forbidden", "allowed"]


class SpecialDaysRule(LawRule):
    """No contact on days of mourning, disaster or election in the debtor's region."""

    kind: Literal["special_days"]
    events: tuple[SpecialDayKind, ...]


class CapRule(LawRule):
    """At most ``max`` counted contacts over the channels of the rule in a period."""

    kind: Literal["cap"]
    scope: Scope = "person_creditor"
    counts: Counts = "attempt"
    max: int = Field(ge=0)
    period: Literal["calendar_day", "iso_week", "rolling_days"]
    days: int | None = Field(default=None, ge=1, le=366)
    per_channel: bool = False

    @model_validator(mode="after")
    def _rolling_period_has_days(self) -> Self:
        if (self.period == "rolling_days") != (self.days is not None):
            raise ValueError("'days' belongs to the period rolling_days, and only to it")
        return self


class GapRule(LawRule):
    """Local dates of two contacts lie at least ``days_apart`` apart (2: Monday, then Wednesday)."""

    kind: Literal["gap"]
    scope: Scope = "person_creditor"
    counts: Counts = "attempt"
    days_apart: int = Field(ge=1, le=366)


class ChannelLockRule(LawRule):
    """After a counted contact only the same channel for the rest of that ISO week."""

    kind: Literal["channel_lock"]
    scope: Scope = "person_creditor"
    counts: Counts = "two_way"


class ConsentRule(LawRule):
    """Whether a person who has said nothing about a channel may be contacted on it."""

    kind: Literal["consent"]
    unknown_suffices: bool


class OptOutRule(LawRule):
    """A channel the person has refused is closed."""

    kind: Literal["opt_out"]


class StopRule(LawRule):
    """No contact while one of these reasons stands."""

    kind: Literal["stop"]
    stops: tuple[StopWord, ...]
    except_relations: tuple[RelationWord, ...] = ()


class RelationRule(LawRule):
    """Only these relations to the debt may be addressed; everyone else is a third party."""

    kind: Literal["relation"]
    relations: tuple[RelationWord, ...]


class ForbiddenChannelRule(LawRule):
    """The channels of the rule are forbidden."""

    kind: Literal["forbidden_channel"]


class ContactPointRule(LawRule):
    """There must be a usable contact point on the channel."""

    kind: Literal["contact_point"]


class DutyRule(LawRule):
    """What people and templates must keep to; shown and linted, no verdict comes from it."""

    kind: Literal["duty"]
    topic: Literal["content_ban", "identification", "record_keeping", "privacy", "payment", "agreement"]
    keep_days: int | None = None


AnyRule = Annotated[
    WindowRule
    | SpecialDaysRule
    | CapRule
    | GapRule
    | ChannelLockRule
    | ConsentRule
    | OptOutRule
    | StopRule
    | RelationRule
    | ForbiddenChannelRule
    | ContactPointRule
    | DutyRule,
    Field(discriminator="kind"),
]
