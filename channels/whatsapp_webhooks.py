"""Meta's webhooks read: statuses, replies, templates, numbers and the account; one item per fact told.

Since 2026 a person may come without a number: ``user_id`` (the provider's own name) then stands alone.
"""

from collections.abc import Callable, Iterator, Mapping

import orjson

from channels.port import (
    Action,
    InboundReply,
    Moved,
    SenderNews,
    StatusState,
    StatusUpdate,
    TemplateNews,
    TemplateState,
    Unrecognised,
    Webhook,
)
from channels.provider_errors import refusal

PROVIDER = "whatsapp"
STATES: Mapping[str, StatusState] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
MEDIA = frozenset({"image", "document", "audio", "video", "sticker"})
TEMPLATE_STATES: Mapping[str, TemplateState] = {
    "APPROVED": "approved",
    "REINSTATED": "approved",
    "REJECTED": "rejected",
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "LIMIT_EXCEEDED": "disabled",
    "ARCHIVED": "disabled",
    "LOCKED": "disabled",
    "PENDING_DELETION": "disabled",
    "DELETED": "disabled",
}
TIERS: Mapping[str, int] = {
    "TIER_50": 50,
    "TIER_250": 250,
    "TIER_1K": 1_000,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": 0,
}
ACCOUNT_TROUBLE = frozenset(
    {"ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "DISABLED_UPDATE", "ACCOUNT_DELETED"}
)

Item = tuple[str, Mapping[str, object], Webhook]
"""The provider's word for an item, what of it is kept to be read again, and what it says."""


def parse_webhook(body: bytes) -> list[Webhook]:
    """Everything one webhook post says, in its order; what is not understood comes out as such."""
    return [said for _, _, said in items_of(body)]


def items_of(body: bytes) -> list[Item]:
    """The same, each item with its kind and a document of its own that :func:`read_kept` understands."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as trouble:
        text = body[:2000].decode("utf-8", "replace").replace("\0", "")
        return [("body", {"text": text}, Unrecognised("body", f"not JSON: {trouble}"))]
    entries = [(entry, change) for entry in _objects(_as_object(document).get("entry"))
               for change in _objects(entry.get("changes"))]  # fmt: skip
    if not entries:
        whole = document if isinstance(document, dict) else {"body": document}
        return [("body", {"text": whole}, Unrecognised("body", "no entry with changes", whole))]
    kept = [one for entry, change in entries for one in _kept(entry, change)]
    return [(kind, one, read_kept(one)) for kind, one in kept]


def read_kept(kept: Mapping[str, object]) -> Webhook:
    """What one kept document of :func:`items_of` says."""
    contacts = _objects(kept.get("contacts"))
    if "status" in kept:
        return _status(_as_object(kept["status"]), contacts)
    if "message" in kept:
        return _message(_as_object(kept["message"]), str(kept.get("number", "")), contacts)
    if "field" in kept:
        field, value = str(kept["field"]), _as_object(kept.get("value"))
        return OTHERS.get(field, _unknown_change)(field, value, _seconds(kept.get("time")))
    return Unrecognised("body", "not a webhook", kept)


def _kept(
    entry: Mapping[str, object], change: Mapping[str, object]
) -> Iterator[tuple[str, dict[str, object]]]:
    """The parts of one change, each with what is needed to read it alone."""
    value = _as_object(change.get("value"))
    statuses, messages = _objects(value.get("statuses")), _objects(value.get("messages"))
    contacts = _objects(value.get("contacts"))
    for status in statuses:
        about = _contacts_of(contacts, status.get("recipient_id"))
        yield "status", {"status": status, "contacts": about} if about else {"status": status}
    number = _as_object(value.get("metadata")).get("phone_number_id", "")
    for message in messages:
        about = _contacts_of(contacts, message.get("from"))
        kind = str(message.get("type", "unknown"))
        yield kind, {"message": message, "contacts": about, "number": number}
    if not statuses and not messages:
        field = str(change.get("field", "change"))
        yield field, {"field": field, "value": value, "time": entry.get("time", 0)}


def _contacts_of(contacts: list[Mapping[str, object]], number: object) -> list[Mapping[str, object]]:
    """The contacts a part of a change is about: those with its number, or the only one there is."""
    found = [contact for contact in contacts if number and contact.get("wa_id") == number]
    return found or (contacts if len(contacts) == 1 else [])


def _user_id(said: Mapping[str, object], key: str, contacts: list[Mapping[str, object]]) -> str:
    told = [str(contact.get("user_id") or "") for contact in contacts]
    return str(said.get(key) or "") or (told[0] if told else "")


def _status(status: Mapping[str, object], contacts: list[Mapping[str, object]]) -> Webhook:
    state = STATES.get(str(status.get("status")))
    try:
        at, provider_id = float(str(status["timestamp"])), str(status["id"])
    except (KeyError, ValueError) as trouble:
        return Unrecognised("status", f"{type(trouble).__name__}: {trouble}", status)
    if state is None:
        return Unrecognised("status", f"state {status.get('status')!r}", status)
    ours = status.get("biz_opaque_callback_data")
    errors = _objects(status.get("errors"))
    first = errors[0] if errors else {}
    details = _as_object(first.get("error_data")).get("details") or first.get("title") or ""
    why = refusal(PROVIDER, str(first.get("code", "")), str(details)) if state == "failed" else None
    return StatusUpdate(
        message_id=str(ours) if ours else None,
        provider_id=provider_id,
        state=state,
        at=at,
        recipient=_e164(status.get("recipient_id")),
        code=why.code if why else "",
        reason=why.reason if why else "",
        action=why.action if why else None,
        price_category=str(_as_object(status.get("pricing")).get("category", "")),
        user_id=_user_id(status, "recipient_user_id", contacts),
    )


def _message(message: Mapping[str, object], our_number: str, contacts: list[Mapping[str, object]]) -> Webhook:
    """What a person wrote or pressed, a changed number, or what this version does not understand."""
    kind = str(message.get("type", "unknown"))
    try:
        at, provider_id = float(str(message["timestamp"])), str(message["id"])
    except (KeyError, ValueError) as trouble:
        return Unrecognised(kind, f"{type(trouble).__name__}: {trouble}", message)
    said = _as_object(message.get(kind))
    old, new = _e164(message.get("from")), _e164(said.get("wa_id"))
    if kind == "system" and said.get("type") == "user_changed_number" and old and new:
        return Moved(old, new, provider_id, at)
    if kind in ("system", "unsupported", "unknown"):
        return Unrecognised(kind, "not something a person wrote", message)
    text, payload = _words(kind, said)
    user_id = _user_id(message, "from_user_id", contacts)
    return InboundReply(
        from_=old or user_id,
        to=our_number,
        text=text,
        kind=kind,
        provider_id=provider_id,
        at=at,
        in_reply_to=str(_as_object(message.get("context")).get("id") or said.get("message_id") or ""),
        payload=payload,
        media_id=str(said.get("id", "")) if kind in MEDIA else "",
        media_type=str(said.get("mime_type", "")) if kind in MEDIA else "",
        user_id=user_id,
    )


def _words(kind: str, said: Mapping[str, object]) -> tuple[str, str]:
    """The words a person sent and the payload of what they pressed."""
    if kind == "text":
        return str(said.get("body", "")), ""
    if kind == "button":
        return str(said.get("text", "")), str(said.get("payload", ""))
    if kind == "interactive":
        pressed = _as_object(said.get(str(said.get("type"))))
        return str(pressed.get("title") or pressed.get("body") or ""), str(
            pressed.get("id") or pressed.get("response_json") or ""
        )
    if kind == "reaction":
        return str(said.get("emoji", "")), ""
    return str(said.get("caption") or said.get("text") or ""), ""


def _template_status(field: str, value: Mapping[str, object], at: float) -> Webhook:
    event = str(value.get("event", ""))
    state = TEMPLATE_STATES.get(event)
    if state is None and event != "FLAGGED":
        return Unrecognised(field, f"event {event!r}", value)
    reason = str(value.get("reason") or "")
    info = _as_object(value.get("rejection_info")) or _as_object(value.get("other_info"))
    told = " ".join(str(text) for text in info.values() if text)
    news = _template_news(value, at)
    return TemplateNews(
        news.name, news.language, news.provider_id, state,
        category=str(value.get("message_template_category") or "").lower(),
        quality="red" if event == "FLAGGED" else "",
        reason=f"{'' if reason == 'NONE' else reason} {told}".strip() or event.lower(),
        at=at,
    )  # fmt: skip


def _template_category(field: str, value: Mapping[str, object], at: float) -> Webhook:
    """A new category is in force; ``correct_category`` alone announces one."""
    news = _template_news(value, at)
    new, coming = str(value.get("new_category") or ""), str(value.get("correct_category") or "")
    reason = f"will become {coming.lower()}" if coming else ""
    return TemplateNews(
        news.name, news.language, news.provider_id, category="" if coming else new.lower(),
        reason=reason, at=at,
    )  # fmt: skip


def _template_quality(field: str, value: Mapping[str, object], at: float) -> Webhook:
    news = _template_news(value, at)
    score = str(value.get("new_quality_score") or "").lower()
    return TemplateNews(news.name, news.language, news.provider_id, quality=score, at=at)


def _template_news(value: Mapping[str, object], at: float) -> TemplateNews:
    return TemplateNews(
        name=str(value.get("message_template_name", "")),
        language=str(value.get("message_template_language", "")),
        provider_id=str(value.get("message_template_id", "")),
        at=at,
    )


def _number_quality(field: str, value: Mapping[str, object], at: float) -> Webhook:
    """Meta names the number as people see it; the tier is the business portfolio's."""
    event = str(value.get("event", ""))
    tier = TIERS.get(str(value.get("current_limit", "")))
    quality = {"FLAGGED": "red", "UNFLAGGED": "green"}.get(event, "")
    return SenderNews(str(value.get("display_phone_number", "")), field, quality, tier, reason=event.lower())


def _capability(field: str, value: Mapping[str, object], at: float) -> Webhook:
    told = value.get("max_daily_conversations_per_business", value.get("max_daily_conversation_per_phone"))
    if isinstance(told, str):
        return SenderNews("", field, tier=TIERS.get(told))
    return SenderNews("", field, tier=max(told, 0) if isinstance(told, int) else None)


def _account(field: str, value: Mapping[str, object], at: float) -> Webhook:
    event = str(value.get("event", ""))
    if event not in ACCOUNT_TROUBLE:
        return Unrecognised(field, f"event {event!r}", value)
    return SenderNews("", field, action=Action.STOP_CHANNEL, reason=event.lower())


def _unknown_change(field: str, value: Mapping[str, object], at: float) -> Webhook:
    return Unrecognised(field, "not a message or a status", value)


OTHERS: Mapping[str, Callable[[str, Mapping[str, object], float], Webhook]] = {
    "message_template_status_update": _template_status,
    "template_category_update": _template_category,
    "message_template_quality_update": _template_quality,
    "phone_number_quality_update": _number_quality,
    "business_capability_update": _capability,
    "account_update": _account,
}
"""How each field of a change that holds neither messages nor statuses is read."""


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _e164(number: object) -> str:
    return f"+{number}" if number and str(number).isdigit() else str(number or "")


def _as_object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
