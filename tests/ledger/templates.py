"""Templates whose words say what the judge must know of a message: its purpose, its creditor, its debts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from channels.simulator.ledger import Line
from channels.templates import MessageTemplate, Wording

PURPOSES = ("collection", "reminder", "notice", "confirmation")
CHANNELS = ("whatsapp", "sms", "email")
VARIANTS = ("a", "b")
FALLBACK = "alterno"
"""The variant that fallbacks use: its words say that they are one."""

MARKS = {"collection": "k1", "reminder": "k2", "notice": "k3", "confirmation": "k4"}
"""What a text calls its purpose: words that tell nobody else of a debt."""

_WHO = "Hola {{ nombre | sin_dato('cliente') }}, escribe <{{ creditor | sin_dato('su banco') }}>"
_FULL = _WHO + " por [{{ cuentas | sin_dato('nada') }}] #%s."
_NEUTRAL = _WHO + " con un asunto #%s."
_DIGITS = re.compile(r"(\d{4}): ")


@dataclass(frozen=True)
class Said:
    """What a message said: ``digits`` are the debts it listed, none where it was neutral."""

    purpose: str
    creditor: str
    digits: tuple[str, ...]
    fallback: bool = False


def key_of(purpose: str, channel: str, variant: str = "a") -> str:
    """The key of a template."""
    return f"{purpose}_{channel}_{variant}"


def templates() -> Iterable[MessageTemplate]:
    """Two variants for each purpose and channel, and one for fallbacks."""
    for purpose in PURPOSES:
        for channel in CHANNELS:
            for variant in (*VARIANTS, FALLBACK):
                mark = MARKS[purpose]
                said = f"{mark} {FALLBACK}" if variant == FALLBACK else mark
                subject = "Mensaje de {{ creditor | sin_dato('su banco') }}" if channel == "email" else ""
                yield MessageTemplate(
                    key=key_of(purpose, channel, variant),
                    name=f"{purpose} {channel} {variant}",
                    channel=channel,
                    body=_FULL % said,
                    subject=subject,
                    neutral=Wording(body=_NEUTRAL % said, subject=subject),
                )


def read_message(line: Line) -> Said:
    """Read an accepted message back, as the person it went to would."""
    if line["template"]:
        _name, creditor, *listed = line["parameters"]
        purpose, *more = line["template"].split("_")
        return Said(purpose, creditor, tuple(_DIGITS.findall("".join(listed))), FALLBACK in more)
    text = line["text"]
    creditor = text.split("<")[1].split(">")[0]
    mark, _, variant = text.split("#")[1].split(".")[0].partition(" ")
    purpose = {each: name for name, each in MARKS.items()}[mark]
    return Said(purpose, creditor, tuple(_DIGITS.findall(text)), variant == FALLBACK)
