"""Who tells us things: each source's posts cut into rows of the inbox, and its rows read again as items."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson

from channels import sms_twilio, whatsapp_webhooks
from channels.opt_out_words import is_wrong_number, stops_everything, stops_this_channel
from channels.payments.port import PaymentNotice
from channels.port import Action, InboundReply, Moved, StatusUpdate, Unrecognised, Webhook
from engine.vocabulary import Channel
from storage.inbox import Arrived, InboxLane, Waiting

META, TWILIO, TWILIO_WHATSAPP = "whatsapp", "twilio", "twilio_whatsapp"
MAIL, SMPP = "mail", "smpp"
PAYMENTS = ("mercadopago", "stripe", "paypal")
LONGEST_EVENT_ID = 300


@dataclass(frozen=True)
class Source:
    """One provider of messages: the channel it speaks of, and how a stored row of it is read."""

    channel: Channel
    read: Callable[[Waiting], list[Webhook]]


def of_meta(body: bytes, now: datetime) -> list[Arrived]:
    """The rows of one post by Meta: one for each status, message or change."""
    return [_arrived(META, kind, own, item, now) for kind, own, item in whatsapp_webhooks.items_of(body)]


def of_twilio(url: str, body: bytes, now: datetime) -> list[Arrived]:
    """The rows of one post by Twilio, for SMS and WhatsApp; a message still on its way is no news."""
    form = body.decode("utf-8", "replace")
    source = TWILIO_WHATSAPP if sms_twilio.is_whatsapp(body) else TWILIO
    said = sms_twilio.parse_webhook(url, body, now.timestamp())
    kept = {"url": url, "form": form}
    return [_arrived(source, _kind(item), kept, item, now) for item in said]


def _read_meta(row: Waiting) -> list[Webhook]:
    return [whatsapp_webhooks.read_kept(orjson.loads(row.body))]


def _read_twilio(row: Waiting) -> list[Webhook]:
    kept = orjson.loads(row.body)
    return sms_twilio.parse_webhook(kept["url"], kept["form"].encode(), row.at.timestamp())


def of_told(source: str, items: Sequence[Webhook], now: datetime) -> list[Arrived]:
    """The rows of what an adapter of ours heard itself, over LMTP or SMPP; told again, they are the same."""
    rows = []
    for item in items:
        body = {"is": type(item).__name__, **asdict(item)}
        named = isinstance(item, InboundReply) and item.provider_id
        lasting = {name: value for name, value in body.items() if name != "at"}
        digest = hashlib.sha256(orjson.dumps(lasting, option=orjson.OPT_SORT_KEYS)).hexdigest()
        rows.append(Arrived(source, named or digest, lane_of(item), _kind(item), body, now))
    return rows


def of_payments(notices: Sequence[PaymentNotice], now: datetime) -> list[Arrived]:
    """The rows of one post by a provider of payments; money stops what is queued, so it goes first."""
    return [
        Arrived(each.provider, each.event_id, InboxLane.STOPS, each.event, asdict(each), now)
        for each in notices
    ]


def read_payment(row: Waiting) -> PaymentNotice:
    """What a stored row of :data:`PAYMENTS` tells us to look at."""
    return PaymentNotice(**orjson.loads(row.body))


def _read_told(row: Waiting) -> list[Webhook]:
    said = orjson.loads(row.body)
    kind = _TOLD[said.pop("is")]
    if said.get("action"):
        said["action"] = Action(said["action"])
    return [kind(**said)]


_TOLD: Mapping[str, type[StatusUpdate] | type[InboundReply] | type[Unrecognised]] = {
    kind.__name__: kind for kind in (StatusUpdate, InboundReply, Unrecognised)
}

SOURCES: Mapping[str, Source] = {
    META: Source(Channel.WHATSAPP, _read_meta),
    TWILIO: Source(Channel.SMS, _read_twilio),
    TWILIO_WHATSAPP: Source(Channel.WHATSAPP, _read_twilio),
    MAIL: Source(Channel.EMAIL, _read_told),
    SMPP: Source(Channel.SMS, _read_told),
}
"""By the word of ``inbox.source``."""


def lane_of(item: Webhook) -> InboxLane:
    """How soon an item must be worked: whatever silences us first.

    >>> lane_of(InboundReply("+525512345678", "1", "BAJA", "text", "wamid.1", 0.0)).name
    'STOPS'
    >>> lane_of(StatusUpdate(None, "wamid.1", "read", 0.0)).name
    'STATUSES'
    """
    if isinstance(item, StatusUpdate):
        return InboxLane.STOPS if item.action is Action.OPT_OUT else InboxLane.STATUSES
    if not isinstance(item, InboundReply):
        return InboxLane.OTHERS
    said = (item.text, item.payload)
    silences = any(stops_everything(t) or stops_this_channel(t) or is_wrong_number(t) for t in said)
    return InboxLane.STOPS if silences else InboxLane.REPLIES


def _arrived(source: str, kind: str, body: Mapping[str, object], item: Webhook, now: datetime) -> Arrived:
    return Arrived(source, _event_id(body, item), lane_of(item), kind, body, now)


def _event_id(body: Mapping[str, object], item: Webhook) -> str:
    """The provider's own name of an event; what has none goes by its content."""
    if isinstance(item, StatusUpdate):
        name = f"{item.provider_id}:{item.state}"
        # Twilio dates nothing: the instant of arrival would make every repetition new.
        return name if "form" in body else f"{name}:{item.at:.0f}"
    if isinstance(item, InboundReply | Moved) and len(item.provider_id) <= LONGEST_EVENT_ID:
        return item.provider_id
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _kind(item: Webhook) -> str:
    if isinstance(item, StatusUpdate):
        return "status"
    return item.kind if isinstance(item, InboundReply | Unrecognised) else type(item).__name__.lower()
