"""One small world per channel: the real adapter, the real simulator, and a message to send."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson

from channels.email_smtp import SmtpEmail
from channels.port import Outgoing, Sender
from channels.simulator import Simulator
from channels.simulator.faults import Fault, FaultKind
from channels.sms_smpp import SmppSms
from channels.sms_twilio import TwilioSms
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel

PATIENCE_S = 20.0
WORDS = {"smpp": "sms"}
"""The channel of an adapter that is not named for its channel."""
SENDERS = {"whatsapp": "106540352242922", "sms": "+525550000000", "email": "cobranza@acreedor.example"}
SENDERS["smpp"] = SENDERS["sms"]
PEOPLE = {"whatsapp": "+525512345678", "sms": "+525512345678", "email": "ana@correo.example"}
PEOPLE["smpp"] = PEOPLE["sms"]


@dataclass
class World:
    """A sender wired to a simulator, both alive."""

    channel: str
    sender: Sender
    simulator: Simulator

    def message(self, message_id: str = "m-1", **changes: object) -> Outgoing:
        """A plain message of this channel, with whatever the test changes."""
        fields: dict[str, object] = {
            "message_id": message_id,
            "channel": Channel.of(WORDS.get(self.channel, self.channel)),
            "to": PEOPLE[self.channel],
            "sender": SENDERS[self.channel],
            "template": "mora_1_30_a" if self.channel == "whatsapp" else "",
            "language": "es_MX",
            "variables": {"1": "Ana", "2": "$1,200"} if self.channel == "whatsapp" else {},
            "text": "Hola Ana, su saldo es $1,200",
            "subject": "Estado de cuenta",
        }
        return Outgoing(**{**fields, **changes})  # type: ignore[arg-type]

    def fails(self, kind: FaultKind, **details: object) -> None:
        """Put one fault in force."""
        self.simulator.faults.add(Fault(kind=kind, **details))

    def accepted(self) -> list[dict[str, object]]:
        """The ledger's acceptances."""
        return [orjson.loads(raw) for raw in self.simulator.ledger.accepted_since(0)]


def _whatsapp(simulator: Simulator, patience_s: float) -> Sender:
    timeout = aiohttp.ClientTimeout(total=patience_s)
    return WhatsAppCloud(simulator.whatsapp_url, "token", timeout=timeout)


def _sms(simulator: Simulator, patience_s: float) -> Sender:
    timeout = aiohttp.ClientTimeout(total=patience_s)
    return TwilioSms(
        simulator.url, "AC123", "secret", status_url="http://127.0.0.1:1/sms/status", timeout=timeout
    )


def _email(simulator: Simulator, patience_s: float) -> Sender:
    return SmtpEmail(f"smtp://127.0.0.1:{simulator.smtp_port}", timeout_s=patience_s)


def _smpp(simulator: Simulator, patience_s: float) -> Sender:
    return SmppSms(f"smpp://cadencia:secreto@127.0.0.1:{simulator.smpp_port}", timeout_s=patience_s)


ADAPTERS: dict[str, Callable[[Simulator, float], Sender]] = {
    "whatsapp": _whatsapp,
    "sms": _sms,
    "email": _email,
    "smpp": _smpp,
}


@asynccontextmanager
async def world(
    channel: str, ledger_path: Path | None = None, seed: int = 0, patience_s: float = PATIENCE_S
) -> AsyncIterator[World]:
    """A world that lives for one test."""
    async with Simulator(ledger_path=ledger_path, seed=seed) as simulator:
        sender = ADAPTERS[channel](simulator, patience_s)
        try:
            yield World(channel, sender, simulator)
        finally:
            await sender.close()
