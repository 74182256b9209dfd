"""What a person reads of a template: its words with the parameters in their places, and its buttons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Words:
    """The text and the buttons: kind (``quick_reply``, ``url``, ``copy_code``, ...), title and address."""

    text: str
    buttons: tuple[tuple[str, str, str], ...] = ()


def words_of(components: object, parameters: Sequence[str]) -> Words:
    """Read the components a template was made with; a parameter nobody gave stays as it is written.

    >>> body = {"type": "BODY", "text": "Hola {{1}}."}
    >>> buttons = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Ya pagué"}]}
    >>> words_of([body, buttons], ["Ana"])
    Words(text='Hola Ana.', buttons=(('quick_reply', 'Ya pagué', ''),))
    """
    texts: list[str] = []
    buttons: list[tuple[str, str, str]] = []
    for part in components if isinstance(components, list) else []:
        if part.get("type") in ("BODY", "FOOTER"):
            texts.append(_filled(part, parameters))
        if part.get("type") == "BUTTONS":
            buttons += map(_button, part.get("buttons", []))
    return Words("\n\n".join(texts), tuple(buttons))


def _filled(part: Mapping[str, Any], parameters: Sequence[str]) -> str:
    text = str(part.get("text", ""))
    for name, value in zip(_names(part, len(parameters)), parameters, strict=False):
        text = text.replace("{{" + name + "}}", value)
    return text


def _names(part: Mapping[str, Any], count: int) -> Iterable[str]:
    """The variables in order: by name where the example names them, else by number."""
    named = (part.get("example") or {}).get("body_text_named_params")
    return [one["param_name"] for one in named] if named else map(str, range(1, count + 1))


def _button(button: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(button.get("type", "")).lower(), str(button.get("text", "")), str(button.get("url", ""))
