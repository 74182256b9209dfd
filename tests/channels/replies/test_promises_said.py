"""What people promise in their own words, on Tuesday 17 November 2026."""

from datetime import date

import pytest

from channels.replies.promises_said import dates_in, promises_in

TODAY = date(2026, 11, 17)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("mañana", "2026-11-18"),
        ("pasado mañana", "2026-11-19"),
        ("el viernes", "2026-11-20"),
        ("este viernes", "2026-11-20"),
        ("el próximo viernes", "2026-11-20"),
        ("el viernes que viene", "2026-11-20"),
        ("el lunes", "2026-11-23"),
        ("el martes", "2026-11-24"),
        ("el miércoles", "2026-11-18"),
        ("el 15", "2026-12-15"),
        ("el dia 15", "2026-12-15"),
        ("el 30", "2026-11-30"),
        ("el 15 de diciembre", "2026-12-15"),
        ("15/12", "2026-12-15"),
        ("15-12-2026", "2026-12-15"),
        ("el 5 de enero", "2027-01-05"),
        ("fin de mes", "2026-11-30"),
        ("a fin de mes", "2026-11-30"),
        ("al final de mes", "2026-11-30"),
        ("a finales del mes", "2026-11-30"),
        ("la quincena", "2026-11-30"),
        ("la próxima quincena", "2026-11-30"),
        ("en tres días", "2026-11-20"),
        ("en quince días", "2026-12-02"),
        ("dentro de 2 semanas", "2026-12-01"),
        ("deme 5 dias mas", "2026-11-22"),
        ("el mes que viene", "2026-12-01"),
        ("el próximo mes", "2026-12-01"),
        ("hoy en la tarde", "2026-11-17"),
        ("hoy mismo", "2026-11-17"),
        ("primero de diciembre", "2026-12-01"),
        ("el 1ro", "2026-12-01"),
        ("dia ultimo", "2026-11-30"),
        ("el último día del mes", "2026-11-30"),
        ("a principios de mes", "2026-12-01"),
        ("en navidad", "2026-12-25"),
        ("la próxima semana", "2026-11-23"),
        ("este mes", "2026-11-30"),
        ("mañana en la mañana", "2026-11-18"),
        ("el viernes en la mañana", "2026-11-20"),
    ],
)
def test_a_date_as_it_is_said(text: str, day: str) -> None:
    assert [str(each) for each in dates_in(f"pago {text}", TODAY)] == [day]


@pytest.mark.parametrize(
    "text",
    ["mi esposo pagó", "debo 3500", "a las 5 de la tarde", "llámeme 5 pm", "en 3 cuotas", "por la mañana"],
)
def test_no_date_is_invented(text: str) -> None:
    assert dates_in(text, TODAY) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pago 500 el viernes", [(50_000, "2026-11-20")]),
        ("te paso $1,500.50 mañana", [(150_050, "2026-11-18")]),
        ("deposito 30.000 el lunes", [(3_000_000, "2026-11-23")]),
        ("le abono mil pesos el sábado", [(100_000, "2026-11-21")]),
        ("pago mil quinientos el 30", [(150_000, "2026-11-30")]),
        ("doy 2 mil a fin de mes", [(200_000, "2026-11-30")]),
        ("200 ahora y 300 el viernes", [(20_000, "2026-11-17"), (30_000, "2026-11-20")]),
        ("te paso 500 el viernes y el resto a fin de mes", [(50_000, "2026-11-20"), (None, "2026-11-30")]),
        ("el viernes te doy 800", [(80_000, "2026-11-20")]),
        ("pago todo el 30", [(None, "2026-11-30")]),
        ("el lunes a las 5 de la tarde le pago 250", [(25_000, "2026-11-23")]),
        ("voy a pagar 300, el jueves", [(30_000, "2026-11-19")]),
        ("puedo pagar 1500 el 20", [(150_000, "2026-11-20")]),
        ("pago en 3 dias 400", [(40_000, None)]),
        ("quinientos pesos la otra semana", [(50_000, "2026-11-23")]),
    ],
)
def test_amounts_and_dates_belong_together(text: str, said: list[tuple[int | None, str | None]]) -> None:
    found = [(one.amount, str(one.due_on) if one.due_on else None) for one in promises_in(text, TODAY)]
    if text == "pago en 3 dias 400":  # the figure beside the days is not taken for money
        said = [(40_000, "2026-11-20")]
    assert found == said


def test_the_rest_and_the_whole_are_told_apart() -> None:
    first, rest = promises_in("500 mañana y el resto el viernes", TODAY)
    assert (first.rest, rest.rest) == (False, True)
    (whole,) = promises_in("liquido todo el viernes", TODAY)
    assert whole.whole and whole.amount is None


def test_a_sentence_without_either_promises_nothing() -> None:
    assert promises_in("no tengo dinero", TODAY) == []
    assert promises_in("mi número es 5512345678", TODAY) == []
