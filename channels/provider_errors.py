"""What each provider's error code means and asks for, read once from ``provider_errors.json``.

Codes and meanings are Meta's and Twilio's public lists and RFC 5321; the actions are our reading of
them. ``certain`` marks the codes documented as "not accepted" even under a 5xx status, which is
otherwise an unknown outcome.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from channels.port import Action, NotAccepted


@dataclass(frozen=True, slots=True)
class ProviderError:
    """One row of the table; ``retry_after_s`` is the shortest pause the code itself asks for."""

    meaning: str
    action: Action
    certain: bool = False
    retry_after_s: float = 0.0


@cache
def error_table(provider: str) -> dict[str, ProviderError]:
    """Every code of one provider: ``whatsapp``, ``twilio``, ``smtp``, ``smpp``; ``KeyError`` for another."""
    rows = json.loads((files("channels") / "provider_errors.json").read_text("utf-8"))[provider]
    table: dict[str, ProviderError] = {}
    for row in rows:
        error = ProviderError(
            row["meaning"], Action(row["action"]), row.get("certain", False), row.get("retry_after_s", 0.0)
        )
        for code in _codes(row["codes"]):
            if code in table:
                raise ValueError(f"{provider} code {code} stands twice in provider_errors.json")
            table[code] = error
    return table


def refusal(provider: str, code: str, reason: str, *, retry_after_s: float = 0.0) -> NotAccepted:
    """The refusal a code means; an unlisted code blocks the step for its author, never a blind retry.

    >>> refusal("whatsapp", "131026", "undeliverable").action
    <Action.WRONG_NUMBER: 'wrong_number'>
    """
    known = error_table(provider).get(code)
    if known is None:
        return NotAccepted(code, reason or "unlisted code", Action.AUTHOR_ERROR, retry_after_s)
    return NotAccepted(code, reason or known.meaning, known.action, max(retry_after_s, known.retry_after_s))


def is_certain(provider: str, code: str) -> bool:
    """Whether this code alone proves that the message was not accepted, whatever the HTTP status."""
    known = error_table(provider).get(code)
    return known is not None and known.certain


def _codes(listed: list[str]) -> list[str]:
    codes: list[str] = []
    for code in listed:
        first, dash, last = code.partition("-")
        codes += [str(n) for n in range(int(first), int(last) + 1)] if dash else [code]
    return codes
