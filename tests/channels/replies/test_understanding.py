"""Replies in Spanish: rules first, a classifier that abstains, corrections that are learnt."""

from datetime import date

import pytest
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]

from channels.replies.classifier import Classifier, intents, shipped_examples
from channels.replies.understanding import ABSTAINS_BELOW, understand

TODAY = date(2026, 11, 17)


def test_every_intent_ships_forty_examples_and_no_text_has_two_meanings() -> None:
    every = [text for texts in shipped_examples().values() for text in texts]
    assert min(map(len, map(set, shipped_examples().values()))) >= 40
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("ya hice el pago ayer por transferencia", "ya_pague"),
        ("le pago el viernes sin falta", "promesa"),
        ("ahora no puedo pagar, no tengo dinero", "no_puedo"),
        ("me podrían dar un plan de pagos?", "plan"),
        ("esa deuda no la reconozco", "disputa"),
        ("cuánto es lo que debo?", "saldo"),
        ("cómo puedo hacer el pago", "como_pagar"),
        ("quiero que me atienda una persona", "humano"),
        ("llámenme a las 6 por favor", "llamar"),
        ("mi mamá falleció el mes pasado", "fallecido"),
        ("me quedé sin empleo", "dificultad"),
        ("yo ya tengo un convenio con ustedes", "convenio"),
    ],
)
def test_a_plain_reply_is_understood(text: str, intent: str) -> None:
    understood = understand(text, TODAY)
    assert (understood.intent, understood.by) == (intent, "classifier")


@pytest.mark.parametrize(
    "text",
    ["voy a hablar con mi abogado y pago mañana", "me quiero suicidar por esta deuda", "esto es un fraude"],
)
def test_some_words_are_for_a_person_whatever_else_is_said(text: str) -> None:
    understood = understand(text, TODAY)
    assert (understood.intent, understood.by) == ("", "rule")


def test_what_nobody_knows_is_left_to_a_person() -> None:
    understood = understand("el perro azul camina despacio entre nubes", TODAY)
    assert understood.intent == ""
    assert understood.likely < ABSTAINS_BELOW
    assert understand("  🙂 ", TODAY).intent == ""


def test_a_correction_is_learnt() -> None:
    text = "pase a la ventanilla azul del centro"
    assert understand(text, TODAY).intent != "ya_pague"
    assert understand(text, TODAY, ((text, "ya_pague"),)).intent == "ya_pague"


def test_a_promise_carries_its_amount_and_date() -> None:
    (said,) = understand("te pago 500 el viernes", TODAY).promises
    assert (said.amount, said.due_on) == (500_00, date(2026, 11, 20))


def test_on_texts_it_has_not_seen_the_classifier_is_right_where_it_does_not_abstain() -> None:
    texts = [(text, intent) for intent, said in shipped_examples().items() for text in said]
    labels = [intent for _, intent in texts]
    split = StratifiedKFold(5, shuffle=True, random_state=7)
    seen, fresh = next(iter(split.split(texts, labels)))
    model = _trained_on([texts[row] for row in seen])
    answers = model.ask_all([texts[row][0] for row in fresh])
    sure = [
        (intent, labels[row]) for (intent, likely), row in zip(answers, fresh, strict=True) if likely >= 0.5
    ]
    right = sum(told == meant for told, meant in sure)
    assert set(intents()) == set(labels)
    assert len(sure) >= 0.4 * len(fresh)
    assert right >= 0.85 * len(sure)  # 0.90 measured, on texts none of whose kind it has seen


def _trained_on(pairs: list[tuple[str, str]]) -> Classifier:
    shelf: dict[str, tuple[str, ...]] = {}
    for text, intent in pairs:
        shelf[intent] = (*shelf.get(intent, ()), text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("channels.replies.classifier.shipped_examples", lambda: shelf)
        return Classifier()
