"""The buttons of a WhatsApp template: answers with a meaning, a link to open, a code to copy.

What a person presses comes back as a reply with the button's payload, which says the meaning without a
guess. Meta asks for the rest: ten at most, two links, one code, answers side by side, titles of 25.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from channels.port import Button
from engine.findings import Finding

MOST_LINKS, MOST_CODES = 2, 1
LONGEST_CODE = 15
LONGEST_ADDRESS = 2000
MEANING = "intent:"
"""How the payload of an answer with a meaning begins."""

Meaning = Literal[
    "ya_pague", "promesa", "no_puedo", "plan", "disputa", "numero_equivocado", "baja", "saldo", "como_pagar",
    "humano", "llamar", "gracias",
]  # fmt: skip
"""What an answer may mean: intents of replies (``channels.replies``)."""

SPOKEN: Mapping[str, str] = {"baja": "BAJA", "numero_equivocado": "no soy yo"}
"""Meanings that stop us go by the very words that stop us in any reply."""

Title = Annotated[str, Field(min_length=1, max_length=25)]


class AnswerButton(BaseModel):
    """An answer to press; ``means`` is what it says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["quick_reply"]
    title: Title
    means: Meaning

    @property
    def payload(self) -> str:
        """What comes back when it is pressed.

        >>> AnswerButton(kind="quick_reply", title="Ya pagué", means="ya_pague").payload
        'intent:ya_pague'
        """
        return SPOKEN.get(self.means, MEANING + self.means)


class LinkButton(BaseModel):
    """A link to open: ``address`` as it is, or with the end of a variable's own address behind it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["url"]
    title: Title
    address: str = Field(pattern=r"^https://[^\s{}]+$", max_length=LONGEST_ADDRESS)
    variable: str = ""


class CodeButton(BaseModel):
    """A code to copy, the value of a variable; its title is the telephone's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["copy_code"]
    variable: str = Field(min_length=1)


TemplateButton = Annotated[AnswerButton | LinkButton | CodeButton, Field(discriminator="kind")]
Buttons = Annotated[tuple[TemplateButton, ...], Field(max_length=10)]


def meaning_of(payload: str) -> str:
    """The intent a pressed button stands for; empty when the payload is none of ours.

    >>> meaning_of("intent:ya_pague"), meaning_of("ya pague"), meaning_of("intent:otra")
    ('ya_pague', '', '')
    """
    means = payload.removeprefix(MEANING)
    return means if payload.startswith(MEANING) and means in get_args(Meaning) else ""


def variables_of(buttons: Sequence[TemplateButton]) -> frozenset[str]:
    """The variables buttons read."""
    return frozenset(
        button.variable for button in buttons if not isinstance(button, AnswerButton) and button.variable
    )


def filled(buttons: Sequence[TemplateButton], values: Mapping[str, object]) -> tuple[Button, ...]:
    """What each button needs at sending; ``ValueError`` when a value is missing or does not fit."""
    ready = []
    for index, button in enumerate(buttons):
        if isinstance(button, AnswerButton):
            ready.append(Button("quick_reply", button.payload, index, button.title))
        elif isinstance(button, CodeButton):
            ready.append(Button("copy_code", _code(button, values), index))
        elif button.variable:
            ready.append(Button("url", _end(button, values), index, button.title))
    return tuple(ready)


def trial_values(buttons: Sequence[TemplateButton]) -> dict[str, str]:
    """Values with which the buttons can be tried before anybody's own are known."""
    links = {b.variable: f"{b.address}8Kq2" for b in buttons if isinstance(b, LinkButton) and b.variable}
    return links | {button.variable: "A1B2C3" for button in buttons if isinstance(button, CodeButton)}


def registered(buttons: Sequence[TemplateButton], samples: Mapping[str, object]) -> list[dict[str, Any]]:
    """The buttons as Meta is asked to approve them, with an example of each variable."""
    return [_registered(button, samples) for button in buttons]


def check(buttons: Sequence[TemplateButton], place: str) -> Iterator[Finding]:
    """What Meta would refuse about a row of buttons."""
    kinds = [button.kind for button in buttons]
    titles = [button.title for button in buttons if not isinstance(button, CodeButton)]
    answers = [kind == "quick_reply" for kind in kinds]
    if kinds.count("url") > MOST_LINKS or kinds.count("copy_code") > MOST_CODES:
        yield Finding(
            "template.too_many_buttons",
            place,
            f"A lo más {MOST_LINKS} enlaces y {MOST_CODES} código",
            f"At most {MOST_LINKS} links and {MOST_CODES} code",
        )
    if len(set(titles)) < len(titles):
        yield Finding(
            "template.button_twice", place, "Dos botones dicen lo mismo", "Two buttons say the same"
        )
    if sum(before != after for before, after in pairwise(answers)) > 1:
        yield Finding(
            "template.buttons_mixed",
            place,
            "Los botones de respuesta van juntos, antes o después de los demás",
            "Answers stand side by side, before or after the other buttons",
        )


def _code(button: CodeButton, values: Mapping[str, object]) -> str:
    code = str(values.get(button.variable) or "")
    if not 0 < len(code) <= LONGEST_CODE:
        raise ValueError(f"{button.variable} is no code of 1 to {LONGEST_CODE} characters")
    return code


def _end(button: LinkButton, values: Mapping[str, object]) -> str:
    whole = str(values.get(button.variable) or "")
    end = whole.removeprefix(button.address)
    if not end or end == whole:
        raise ValueError(f"{button.variable} does not begin with {button.address}")
    return end


def _registered(button: TemplateButton, samples: Mapping[str, object]) -> dict[str, Any]:
    if isinstance(button, AnswerButton):
        return {"type": "QUICK_REPLY", "text": button.title}
    if isinstance(button, CodeButton):
        return {"type": "COPY_CODE", "example": str(samples.get(button.variable) or "A1B2C3")[:LONGEST_CODE]}
    link = {"type": "URL", "text": button.title, "url": button.address}
    if not button.variable:
        return link
    sample = str(samples.get(button.variable) or "")
    example = sample if sample.startswith(button.address) else f"{button.address}8Kq2"
    return link | {"url": f"{button.address}{{{{1}}}}", "example": [example]}
