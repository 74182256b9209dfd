"""Other words for the fixed texts of the assistant, by an OpenAI-compatible endpoint; else the fixed ones.

The endpoint sees a fixed text whose variables are numbered tokens: no name, amount, date, address or word of
a person. It decides nothing: who is answered, what about and with which facts is settled before.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from channels.replies.words_checked import check_source

TIMEOUT_S = 2.0
"""How long an answer waits for another wording."""

KEPT_S = 3600.0
FAILED_S = 600.0
"""How long a wording is used again, and how long a failing endpoint is left alone."""

LONGEST = 900
_OUTPUT = re.compile(r"\{\{.*?\}\}")
_TOKEN = re.compile(r"\[\[(\d+)\]\]")
_ASKED = (
    "Reword this customer-service message in the same language. Keep every token such as [[1]] exactly once."
    " Be brief, friendly and respectful. Add no facts, numbers, links, promises, threats or consequences."
    " Answer with the message only."
)


@dataclass
class Reworder:
    """Asks one endpoint; keeps its wordings for an hour. ``seconds`` is a steady clock."""

    url: str
    model: str
    key: str
    seconds: Callable[[], float]
    transport: httpx.BaseTransport | None = None
    _kept: dict[str, tuple[str, float]] = field(default_factory=dict)

    def __call__(self, source: str) -> str:
        """The source in other words, or as it is when the endpoint is late, wrong or says what it may not."""
        known, until = self._kept.get(source, ("", 0.0))
        if known and self.seconds() < until:
            return known
        said = self._ask(source)
        self._kept[source] = (said or source, self.seconds() + (KEPT_S if said else FAILED_S))
        return said or source

    def _ask(self, source: str) -> str:
        """A checked wording; empty when there is none."""
        outputs = _OUTPUT.findall(source)
        tokens = iter(range(1, len(outputs) + 1))
        plain = _OUTPUT.sub(lambda _: f"[[{next(tokens)}]]", source)
        try:
            said = self._post(plain)
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError):
            return ""
        return restored(said, outputs)

    def _post(self, plain: str) -> str:
        messages = [{"role": "system", "content": _ASKED}, {"role": "user", "content": plain}]
        with httpx.Client(transport=self.transport, timeout=TIMEOUT_S, follow_redirects=False) as client:
            answer = client.post(
                f"{self.url.rstrip('/')}/chat/completions",
                headers={"Authorization": f"Bearer {self.key}"} if self.key else {},
                json={"model": self.model, "messages": messages, "temperature": 0.3, "max_tokens": 300},
            )
        answer.raise_for_status()
        return str(answer.json()["choices"][0]["message"]["content"]).strip()


def restored(said: str, outputs: list[str]) -> str:
    """The wording with its variables back; empty when it lost one, added facts, or may not be said.

    >>> restored("Te falta [[1]].", ["{{ monto | dinero }}"])
    'Te falta {{ monto | dinero }}.'
    >>> restored("Te faltan 500 y [[1]].", ["{{ monto | dinero }}"])
    ''
    """
    numbers = sorted(int(number) for number in _TOKEN.findall(said))
    bare = _TOKEN.sub("", said)
    added = re.search(r"[{}<>\d]|https?:|www\.", bare)
    if numbers != list(range(1, len(outputs) + 1)) or added or not 0 < len(said) <= LONGEST:
        return ""
    source = _TOKEN.sub(lambda token: outputs[int(token[1]) - 1], said)
    return "" if any(finding.blocks for finding in check_source(source)) else source
