"""The JSON of WhatsApp sends: templates, free text, buttons, lists and documents (Meta OpenAPI v23)."""

from collections.abc import Mapping

from channels.port import Action, Attachment, Button, Menu, NotAccepted, Outgoing

LARGEST_ATTACHMENT = 16 * 2**20
"""Bytes of a document we send: Meta takes more, a telephone on a prepaid plan does not."""

MOST_BUTTONS = 3
MOST_ROWS = 10
LIMITS: Mapping[str, int] = {
    "text": 4096,
    "body": 1024,
    "footer": 60,
    "button title": 20,
    "button payload": 256,
    "row title": 24,
    "row description": 72,
    "row payload": 200,
    "code": 15,
    "address": 2000,
}
"""Most characters of each part."""


def request_document(message: Outgoing, media_id: str = "") -> dict[str, object]:
    """The body of ``POST /{phone_number_id}/messages``; ``media_id`` is what an upload was given."""
    document: dict[str, object] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to.removeprefix("+"),
        "biz_opaque_callback_data": message.message_id,
    }
    if message.in_reply_to:
        document["context"] = {"message_id": message.in_reply_to}
    if message.template:
        return document | {"type": "template", "template": _template(message, media_id)}
    if message.menu is not None or message.buttons:
        return document | {"type": "interactive", "interactive": _interactive(message)}
    if message.attachments:
        file = _file(message.attachments[0], media_id) | ({"caption": message.text} if message.text else {})
        return document | {"type": "document", "document": file}
    return document | {"type": "text", "text": {"body": message.text, "preview_url": False}}


def beyond_limits(message: Outgoing) -> NotAccepted | None:
    """The first part that is too long or too many, said before anything is posted."""
    parts = [(what, text) for what, text in _parts(message) if len(text) > LIMITS[what]]
    if parts:
        what, text = parts[0]
        return _refused(what.replace(" ", "_"), f"{len(text)} characters, {what} takes {LIMITS[what]}")
    if len(message.attachments) > 1:
        return _refused("attachments", f"{len(message.attachments)} attachments, WhatsApp takes one")
    heaviest = max((len(attachment.content) for attachment in message.attachments), default=0)
    if heaviest > LARGEST_ATTACHMENT:
        return too_heavy(heaviest)
    if not message.template and len(message.buttons) > MOST_BUTTONS:
        return _refused("buttons", f"{len(message.buttons)} buttons, free text takes {MOST_BUTTONS}")
    rows = sum(len(rows) for _, rows in message.menu.sections) if message.menu else 0
    if rows > MOST_ROWS:
        return _refused("rows", f"{rows} rows, a list takes {MOST_ROWS}")
    return None


def too_heavy(size: int) -> NotAccepted:
    """The refusal of a file of so many bytes."""
    return _refused("attachment", f"{size} bytes, an attachment may have {LARGEST_ATTACHMENT}")


def _refused(what: str, why: str) -> NotAccepted:
    return NotAccepted(f"limit.{what}", why, Action.AUTHOR_ERROR)


def _parts(message: Outgoing) -> list[tuple[str, str]]:
    """Every text of a message with the name of its limit."""
    interactive = not message.template and bool(message.menu or message.buttons)
    parts = [("footer", message.footer)]
    if not message.template:
        parts.append(("body" if interactive else "text", message.text))
    for button in message.buttons:
        limit = {"url": "address", "copy_code": "code"}.get(button.kind, "button payload")
        parts += [("button title", button.title), (limit, button.value)]
    if message.menu is not None:
        parts.append(("button title", message.menu.button))
        for title, rows in message.menu.sections:
            parts.append(("row title", title))
            for row in rows:
                parts += [
                    ("row title", row.title),
                    ("row description", row.description),
                    ("row payload", row.payload),
                ]
    return parts


def _template(message: Outgoing, media_id: str) -> dict[str, object]:
    template: dict[str, object] = {"name": message.template, "language": {"code": message.language}}
    components: list[dict[str, object]] = []
    if message.attachments:
        header = {"type": "document", "document": _file(message.attachments[0], media_id)}
        components.append({"type": "header", "parameters": [header]})
    if message.variables:
        components.append({"type": "body", "parameters": _parameters(message.variables)})
    components += [_template_button(button) for button in message.buttons]
    return template | {"components": components} if components else template


def _template_button(button: Button) -> dict[str, object]:
    key, kind = {
        "url": ("text", "text"),
        "quick_reply": ("payload", "payload"),
        "copy_code": ("coupon_code", "coupon_code"),
    }[button.kind]
    return {
        "type": "button",
        "sub_type": button.kind,
        "index": str(button.index),
        "parameters": [{"type": kind, key: button.value}],
    }


def _interactive(message: Outgoing) -> dict[str, object]:
    interactive: dict[str, object] = {"body": {"text": message.text}}
    if message.subject:
        interactive["header"] = {"type": "text", "text": message.subject}
    if message.footer:
        interactive["footer"] = {"text": message.footer}
    if message.menu is not None:
        return interactive | {"type": "list", "action": _list(message.menu)}
    buttons = [{"type": "reply", "reply": {"id": b.value, "title": b.title}} for b in message.buttons]
    return interactive | {"type": "button", "action": {"buttons": buttons}}


def _list(menu: Menu) -> dict[str, object]:
    sections = []
    for title, rows in menu.sections:
        told = [
            {"id": row.payload, "title": row.title}
            | ({"description": row.description} if row.description else {})
            for row in rows
        ]
        sections.append({"title": title, "rows": told})
    return {"button": menu.button, "sections": sections}


def _file(attachment: Attachment, media_id: str) -> dict[str, str]:
    known = media_id or attachment.media_id
    where = {"id": known} if known else {"link": attachment.link}
    return where | {"filename": attachment.name}


def _parameters(variables: Mapping[str, str]) -> list[dict[str, str]]:
    """Positional when every key is a number, else named."""
    if all(key.isdigit() for key in variables):
        ordered = sorted(variables, key=int)
        return [{"type": "text", "text": variables[key]} for key in ordered]
    return [{"type": "text", "parameter_name": key, "text": text} for key, text in variables.items()]
