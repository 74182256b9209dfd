"""Envío: a message over one channel, with its A/B variants, its hour, its capacity and its fallback."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from engine.book import Rows
from engine.findings import Finding
from engine.strategy.nodes.base import Key, MessageNode, Moving, StepView, Strict, Variant, Wish
from engine.vocabulary import Channel, MessageState, Purpose, Relation

ChannelName = Literal["whatsapp", "sms", "email", "voice", "letter", "assisted"]


class Capacity(Strict):
    """What a node may spend in one day over the whole portfolio; the rest waits for tomorrow."""

    messages: int | None = Field(default=None, ge=0)
    money: int | None = Field(default=None, ge=0)


class IfNotToday(Strict):
    """What happens when the law or the day leaves no room: wait up to ``days`` lawful days."""

    defer_days: int = Field(default=3, ge=0, le=30)


FallbackCause = Literal["failed", "not_delivered", "not_read"]

REPORTED: Mapping[ChannelName, frozenset[FallbackCause]] = {
    "whatsapp": frozenset({"failed", "not_delivered", "not_read"}),
    "sms": frozenset({"failed", "not_delivered"}),
    "email": frozenset({"failed"}),
    "voice": frozenset({"failed"}),
    "letter": frozenset({"failed"}),
    "assisted": frozenset({"failed"}),
}
"""What a channel's provider tells: of what it never tells, a fallback would go out to everyone."""


class Fallback(Strict):
    """Another channel when the first fails, or is not delivered or not read within ``hours``.

    A failure is acted on at once, whatever the cause named: what failed will be neither delivered nor read.
    """

    on: FallbackCause = "failed"
    channel: ChannelName
    template: Key
    hours: int = Field(default=4, ge=0, le=168)

    def is_called_by(self, state: MessageState) -> bool:
        """Whether a first message in this state, once it failed or its hours are over, calls for another.

        Never after ``unknown``: it may have arrived (03, point 12).

        >>> late = Fallback(on="not_read", channel="sms", template="recado")
        >>> [state.word for state in MessageState if late.is_called_by(state)]
        ['accepted', 'delivered', 'failed']
        """
        called: Mapping[FallbackCause, frozenset[MessageState]] = {
            "failed": frozenset(),
            "not_delivered": frozenset({MessageState.ACCEPTED}),
            "not_read": frozenset({MessageState.ACCEPTED, MessageState.DELIVERED}),
        }
        return state is MessageState.FAILED or state in called[self.on]

    @property
    def moot_once(self) -> MessageState:
        """The state of the first message from which on the fallback is no longer wanted."""
        return MessageState.READ if self.on == "not_read" else MessageState.DELIVERED


class ChannelNode(MessageNode):
    """Wants one message for each account; passed when the message is accepted (03, point 5)."""

    title_es: ClassVar[str] = "Envío"
    title_en: ClassVar[str] = "Message"
    meaning: ClassVar[str] = "Manda un mensaje dentro de lo que la ley permite."

    kind: Literal["channel"]
    channel: ChannelName
    purpose: Literal["collection", "reminder", "confirmation", "answer", "information"] = "collection"
    to: Literal["titular", "codeudor", "aval"] = "titular"
    variants: tuple[Variant, ...] = Field(min_length=1, max_length=8, strict=False, fail_fast=True)
    experiment: Key | None = None
    send_at: Literal["window_start", "best_hour"] | str = Field(
        default="window_start", pattern=r"^(window_start|best_hour|([01]\d|2[0-3]):[0-5]\d)$"
    )
    priority: int = Field(default=100, ge=0, le=1000)
    max_per_day: Capacity = Capacity()
    if_not_today: IfNotToday = IfNotToday()
    fallback: Fallback | None = None

    def ports(self) -> tuple[str, ...]:
        return ("next", "blocked")

    def templates(self) -> tuple[str, ...]:
        keys = tuple(variant.template for variant in self.variants)
        return keys if self.fallback is None else (*keys, self.fallback.template)

    def check(self) -> Iterable[Finding]:
        if sum(variant.weight for variant in self.variants) != 100:
            yield Finding(
                "channel.weights",
                self.id,
                "Los pesos de las variantes deben sumar 100.",
                "The weights of the variants must add up to 100.",
                "weight",
            )
        if len(self.variants) > 1 and self.experiment is None:
            yield Finding(
                "channel.experiment",
                self.id,
                "Una prueba A/B necesita la clave del experimento: de ella sale el brazo de cada persona.",
                "An A/B test needs its experiment key: the arm of each person comes from it.",
                "experiment",
            )
        if self.fallback is not None:
            yield from self._check_fallback(self.fallback)

    def _check_fallback(self, fallback: Fallback) -> Iterable[Finding]:
        if fallback.channel == self.channel:
            yield Finding(
                "channel.fallback",
                self.id,
                "El canal alterno debe ser otro canal.",
                "The fallback must be another channel.",
                "fallback.channel",
            )
        if fallback.on not in REPORTED[self.channel]:
            yield Finding(
                "channel.fallback_blind",
                self.id,
                f"Por {self.channel} nadie informa eso: el canal alterno saldría para todos.",
                f"Nobody reports that for {self.channel}: the fallback would go out to everyone.",
                "fallback.on",
            )
        if fallback.on != "failed" and fallback.hours == 0:
            yield Finding(
                "channel.fallback_hours",
                self.id,
                "Dé al menos una hora para que el mensaje llegue o se lea.",
                "Give the message at least an hour to arrive or be read.",
                "fallback.hours",
            )

    def fallback_hours(self) -> int | None:
        if self.fallback is None or self.fallback.on == "failed":
            return None
        return self.fallback.hours

    def fallback_wish(self) -> Wish | None:
        """What the fallback asks of the contact policy; ``None`` without one.

        It has no experiment, and the node's capacity, already spent by the first message, does not bind it.
        """
        if self.fallback is None:
            return None
        return self.wish().model_copy(
            update={
                "channel": Channel[self.fallback.channel.upper()],
                "variants": (Variant(template=self.fallback.template),),
                "experiment": "",
                "send_at": "window_start",
                "max_messages": None,
                "max_money": None,
            }
        )

    def wish(self) -> Wish:
        return Wish(
            channel=Channel[self.channel.upper()],
            purpose=Purpose[self.purpose.upper()],
            to=Relation[self.to.upper()],
            variants=self.variants,
            experiment=self.experiment or "",
            priority=self.priority,
            send_at=self.send_at,
            defer_days=self.if_not_today.defer_days,
            max_messages=self.max_per_day.messages,
            max_money=self.max_per_day.money,
        )

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        control = moving.holdout(rows)
        if control.any():
            moving.leave(step, rows[control], "next")
            rows = rows[~control]
        moving.want(step, rows, self.wish())
