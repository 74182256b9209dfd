"""How people's telephones behave: what becomes of an accepted message, and after how long."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from channels.simulator.chance import between, shares

Span = tuple[float, float]


class Behaviour(BaseModel):
    """Rates and delays (business seconds). ``to`` is an address, a prefix ending in ``*``, or empty: all.

    ``read_rate`` and ``reply_rate`` are shares of the delivered messages.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str = ""
    channel: Literal["", "whatsapp", "sms"] = ""
    failed_rate: float = Field(default=0.02, ge=0.0, le=1.0)
    failed_code: str = Field(default="", pattern=r"^\d*$")
    delivered_rate: float = Field(default=0.97, ge=0.0, le=1.0)
    read_rate: float = Field(default=0.6, ge=0.0, le=1.0)
    reply_rate: float = Field(default=0.0, ge=0.0, le=1.0)
    reply: str = ""
    sent_after_s: Span = (0.2, 1.0)
    delivered_after_s: Span = (1.0, 20.0)
    read_after_s: Span = (30.0, 3600.0)
    reply_after_s: Span = (60.0, 7200.0)


class Happening(NamedTuple):
    """One thing that becomes of a message, ``after_s`` business seconds after its acceptance.

    ``state`` is sent, delivered, read, failed or reply.
    """

    after_s: float
    state: str
    code: str = ""
    text: str = ""


class Behaviours:
    """The behaviours in force; the most specific wins, then the latest."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._everyone: list[Behaviour] = [Behaviour()]
        self._prefixes: list[Behaviour] = []
        self._exact: dict[str, list[Behaviour]] = {}

    def add(self, behaviour: Behaviour) -> None:
        """Put a behaviour in force."""
        if not behaviour.to:
            self._everyone.append(behaviour)
        elif behaviour.to.endswith("*"):
            self._prefixes.append(behaviour)
        else:
            self._exact.setdefault(behaviour.to, []).append(behaviour)

    def of(self, channel: str, to: str) -> Behaviour:
        """The behaviour of one address on one channel."""
        for behaviours in (self._exact.get(to, ()), self._prefixes, self._everyone):
            for behaviour in reversed(behaviours):
                if behaviour.channel in ("", channel) and to.startswith(behaviour.to.removesuffix("*")):
                    return behaviour
        raise AssertionError("the default behaviour fits every address")

    def story(self, channel: str, to: str, provider_id: str) -> list[Happening]:
        """What becomes of one accepted message, in order of time."""
        behaviour = self.of(channel, to)
        failed, delivered, read, replied, *pauses = shares(self._seed, "story", provider_id)
        sent = Happening(between(behaviour.sent_after_s, pauses[0]), "sent")
        arrival_s = sent.after_s + between(behaviour.delivered_after_s, pauses[1])
        if failed < behaviour.failed_rate:
            code = behaviour.failed_code or ("131026" if channel == "whatsapp" else "30003")
            return [sent, Happening(arrival_s, "failed", code)]
        if delivered >= behaviour.delivered_rate:
            return [sent]
        story = [sent, Happening(arrival_s, "delivered")]
        if channel == "whatsapp" and read < behaviour.read_rate:
            story.append(Happening(arrival_s + between(behaviour.read_after_s, pauses[2]), "read"))
        if behaviour.reply and replied < behaviour.reply_rate:
            reply_s = arrival_s + between(behaviour.reply_after_s, pauses[3])
            story.append(Happening(reply_s, "reply", text=behaviour.reply))
        return story
