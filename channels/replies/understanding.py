"""What a reply means and promises: rules that bind first, then the classifier, and a person for the rest."""

import re
from dataclasses import dataclass
from datetime import date

from channels.opt_out_words import is_wrong_number, plain_words, stops_everything, stops_this_channel
from channels.replies.classifier import Example, classifier, folded
from channels.replies.promises_said import Said, promises_in

ABSTAINS_BELOW = 0.5
NOBODY = ""
"""The intent of a reply nobody but a person should judge."""

_FOR_A_PERSON = re.compile(
    r"\b(suicid\w*|matarme|quitarme la vida|no quiero vivir|abogad[oa]s?|demand[ao]\w*|denuncia\w*|fraude"
    r"|estafa\w*|amenaz\w*|profeco|condusef|indecopi|sernac|superintendencia|defensoria)\b"
)
"""Words after which no machine answers: life in danger, lawyers, fraud, authorities."""

_YES = frozenset(
    "si|si confirmo|confirmo|confirmado|ok|okey|dale|correcto|asi es|esta bien|va|sale"
    "|claro que si|por supuesto|si por favor|acepto|listo|perfecto|de acuerdo|si de acuerdo|claro".split("|")
)
_NO = frozenset("no|no confirmo|no puedo|no acepto|no gracias|negativo|mejor no|no asi no".split("|"))


@dataclass(frozen=True)
class Understood:
    """What a reply means: its intent (empty: a person judges), how sure, who said so, what it promises."""

    intent: str
    likely: float
    by: str
    promises: tuple[Said, ...] = ()


def understand(text: str, today: date, corrections: tuple[Example, ...] = ()) -> Understood:
    """The meaning of a reply, on the local date it was written.

    >>> (
    ...     understand("BAJA", date(2026, 11, 17)).intent,
    ...     understand("hablaré con mi abogado", date(2026, 11, 17)).by,
    ... )
    ('baja', 'rule')
    """
    if not plain_words(text):
        return Understood(NOBODY, 0.0, "nothing")
    if stops_everything(text) or stops_this_channel(text):
        return Understood("baja", 1.0, "rule")
    if is_wrong_number(text):
        return Understood("numero_equivocado", 1.0, "rule")
    if _FOR_A_PERSON.search(folded(text)):
        return Understood(NOBODY, 1.0, "rule")
    intent, likely = classifier(corrections).ask(text)
    if likely < ABSTAINS_BELOW:
        return Understood(NOBODY, likely, "nobody")
    promised = tuple(promises_in(text, today)) if intent == "promesa" else ()
    return Understood(intent, likely, "classifier", promised)


def confirms(text: str) -> bool | None:
    """Whether a text says yes or no to what was asked; ``None`` when it says something else.

    >>> confirms("Sí, confirmo"), confirms("no"), confirms("mejor el lunes")
    (True, False, None)
    """
    said = plain_words(text)
    if said in _YES:
        return True
    return False if said in _NO else None
