"""The words of a refusal are understood in any spelling, and nothing else is taken for one."""

import pytest

from channels.opt_out_words import is_wrong_number, stops_everything, stops_this_channel

EVERYTHING = [
    "BAJA",
    "baja",
    "Baja.",
    "¡BAJA!",
    "  baja  ",
    "*BAJA*",
    "b a j a",
    "BÁJA",
    "baja por favor",
    "Baja, gracias",
    "ＢＡＪＡ",
    "BAJA 🙏",
    "dar de baja",
    "Quiero darme de baja",
    "baja\n",
]
THIS_CHANNEL = [
    "STOP",
    "stop!",
    "Stop.",
    "S.T.O.P.",
    "ALTO",
    "Álto",
    "alto!!!",
    "CANCELAR",
    "cancelar, por favor",
    "No más mensajes",
    "NO MOLESTAR",
    "ya no me escriban",
    "Unsubscribe",
    "STOP\u200b",
    "Por favor parar",
    "Salir",
    "quit",
    "END",
]
STRANGERS = [
    "No soy yo",
    "NO SOY YO.",
    "Número equivocado",
    "numero equivocado!!",
    "Se equivocó de número",
    "equivocado",
    "wrong number",
    "No soy esa persona, gracias",
]
NOT_A_REFUSAL = [
    "ya di de baja mi tarjeta",
    "¿cuándo baja el interés?",
    "alto interés me cobran",
    "stop and go",
    "no puedo cancelar hoy, el viernes",
    "quiero cancelar mi deuda",
    "no soy quien debe pagar",
    "baja mi deuda",
    "",
    "👍",
    "1",
    "si",
]


@pytest.mark.parametrize("text", EVERYTHING)
def test_these_words_refuse_every_channel(text: str) -> None:
    assert stops_everything(text) and not stops_this_channel(text)


@pytest.mark.parametrize("text", THIS_CHANNEL)
def test_these_words_refuse_the_channel_they_came_by(text: str) -> None:
    assert stops_this_channel(text) and not stops_everything(text)


@pytest.mark.parametrize("text", STRANGERS)
def test_these_words_are_a_strangers(text: str) -> None:
    assert is_wrong_number(text) and not stops_everything(text) and not stops_this_channel(text)


@pytest.mark.parametrize("text", NOT_A_REFUSAL)
def test_a_sentence_around_the_word_is_left_to_understanding(text: str) -> None:
    assert not (stops_everything(text) or stops_this_channel(text) or is_wrong_number(text))
