"""The words by which a person refuses messages, or says that a number is not theirs, in any spelling.

Only a message that says nothing else counts: a sentence around the word is left to understanding, so that
"ya di de baja mi tarjeta" silences nobody.
"""

import unicodedata

STOPS_EVERYTHING = frozenset(
    {"baja", "baja total", "dar de baja", "darme de baja", "dame de baja", "deme de baja", "denme de baja",
     "quiero darme de baja", "quiero la baja", "solicito baja", "solicito mi baja", "eliminar mis datos",
     "borren mis datos", "stop all", "unsubscribe all", "opt out"}
)  # fmt: skip
STOPS_THIS_CHANNEL = frozenset(
    {"stop", "alto", "cancelar", "cancela", "cancelen", "no mas mensajes", "no mas", "no molestar",
     "no molesten", "no me molesten", "no me escriban", "no me escriban mas", "no escribir", "no me llamen",
     "no me llamen mas", "no enviar mensajes", "ya no me escriban", "salir", "detener", "parar", "pare",
     "paren", "desuscribir", "desuscribirme", "dejar de recibir", "no deseo recibir mensajes",
     "no quiero mensajes", "no quiero mas mensajes", "remover", "unsubscribe", "end", "quit", "cancel",
     "stopall", "sair", "parar mensagens"}
)  # fmt: skip
NOT_ME = frozenset(
    {"no soy yo", "no soy", "no soy esa persona", "no soy esta persona", "no soy el", "no soy ella",
     "numero equivocado", "equivocado", "equivocada", "se equivoco", "se equivocaron", "se equivoca",
     "esta equivocado", "estan equivocados", "se equivoco de numero", "se equivoco de persona",
     "persona equivocada", "no conozco a esa persona", "no la conozco", "no lo conozco",
     "este no es su numero", "no es mi cuenta", "aqui no es", "wrong number", "wrong person",
     "not me", "not my number"}
)  # fmt: skip
POLITE = frozenset({"por favor", "porfavor", "porfa", "please", "gracias", "muchas gracias", "thanks"})
"""Words around a refusal that do not change it."""


def plain_words(text: str) -> str:
    """A text without case, accents, punctuation, emoji, repeated blanks, and words of courtesy around it.

    >>> plain_words("  ¡¡ B A J A !!  por favor…"), plain_words("ＳＴＯＰ\u200b.")
    ('baja', 'stop')
    """
    marked = unicodedata.normalize("NFKD", text.casefold())
    words = "".join(
        sign if sign.isalnum() else "" if unicodedata.combining(sign) or _is_invisible(sign) else " "
        for sign in marked
    ).split()
    said = " ".join(words)
    for courtesy in POLITE:
        said = said.removeprefix(f"{courtesy} ").removesuffix(f" {courtesy}")
    return _spelled(said)


def stops_everything(text: str) -> bool:
    """Whether a text refuses every channel.

    >>> stops_everything("Báj@"), stops_everything("BAJA, gracias"), stops_everything("baja mi deuda")
    (False, True, False)
    """
    return plain_words(text) in STOPS_EVERYTHING


def stops_this_channel(text: str) -> bool:
    """Whether a text refuses the channel it came by.

    >>> stops_this_channel("Álto!!"), stops_this_channel("S.T.O.P."), stops_this_channel("alto interés")
    (True, True, False)
    """
    return plain_words(text) in STOPS_THIS_CHANNEL


def is_wrong_number(text: str) -> bool:
    """Whether a text says that the address belongs to somebody else.

    >>> is_wrong_number("Número equivocado."), is_wrong_number("no soy yo quien debe pagar")
    (True, False)
    """
    return plain_words(text) in NOT_ME


def _spelled(said: str) -> str:
    """Letters written one by one are the word they spell."""
    letters = said.split()
    return "".join(letters) if len(letters) > 2 and all(len(letter) == 1 for letter in letters) else said


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cf", "Cc", "Mn", "Me") and not sign.isspace()
