"""What a WhatsApp send carries, read as Meta checks it: templates, free text, interactives, documents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Content:
    """The parts the ledger keeps; ``template`` is empty for free text, which needs an open window."""

    template: str
    language: str
    text: str
    parameters: list[str] = field(default_factory=list)
    attachment: str = ""
    buttons: list[dict[str, str]] = field(default_factory=list)


def content_of(document: Mapping[str, object]) -> Content:
    """Read a send; ``KeyError`` names what Meta would call missing."""
    match document:
        case {"type": "text", "text": {"body": str(body)}}:
            return Content("", "", body)
        case {"type": "document", "document": {**file}}:
            return Content("", "", str(file.get("caption", "")), attachment=_file(file))
        case {"type": "interactive", "interactive": {"type": str(kind), "action": {**action}, **rest}}:
            choices = _choices(kind, action)
            return Content("", "", _body(rest), [each["title"] for each in choices], buttons=choices)
        case {"type": "template", "template": {"name": str(name), "language": {"code": str(code)}, **rest}}:
            return _template(name, code, rest.get("components", []))
    raise KeyError("type")


def _template(name: str, code: str, components: object) -> Content:
    if not isinstance(components, list):
        raise TypeError("components is not a list")
    parameters: list[str] = []
    attachment = ""
    buttons: list[dict[str, str]] = []
    for part in components:
        if part["type"] == "button":
            buttons.append(_button(part))
        for parameter in part.get("parameters", []):
            if parameter["type"] == "document":
                attachment = _file(parameter["document"])
            else:
                key = {"payload": "payload", "coupon_code": "coupon_code"}.get(parameter["type"], "text")
                parameters.append(str(parameter[key]))
    return Content(name, code, "", parameters, attachment, buttons)


def _button(part: Mapping[Any, Any]) -> dict[str, str]:
    """A button as it was sent: its place, its kind and what it carries."""
    (parameter,) = part["parameters"]
    value = next(parameter[key] for key in ("payload", "coupon_code", "text") if key in parameter)
    return {"index": str(part["index"]), "kind": str(part["sub_type"]), "value": str(value)}


def _file(file: Mapping[Any, Any]) -> str:
    """A file has a name and is known by its id or its address; anything else is refused."""
    if not file.get("id") and not file.get("link"):
        raise KeyError("document.id")
    return str(file.get("filename") or file.get("link") or file["id"])


def _body(interactive: Mapping[Any, Any]) -> str:
    body = interactive.get("body")
    if not isinstance(body, Mapping) or "text" not in body:
        raise KeyError("interactive.body")
    return str(body["text"])


def _choices(kind: str, action: Mapping[Any, Any]) -> list[dict[str, str]]:
    """What a person may press, in order: title and payload."""
    match kind, action:
        case "button", {"buttons": [*buttons]} if 0 < len(buttons) <= 3:
            return [_choice(button["reply"]) for button in buttons]
        case "list", {"button": str(), "sections": [*sections]}:
            rows = [row for section in sections for row in section["rows"]]
            if 0 < len(rows) <= 10:
                return [_choice(row) for row in rows]
    raise KeyError("interactive.action")


def _choice(choice: Mapping[Any, Any]) -> dict[str, str]:
    return {"kind": "choice", "title": str(choice["title"]), "value": str(choice["id"])}
