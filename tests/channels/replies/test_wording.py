"""Other words by an endpoint: it sees no person, decides nothing, and is left alone when it fails."""

import json

import httpx
import pytest

from channels.replies.assistant_texts import assistant_texts, text_about
from channels.replies.wording import FAILED_S, KEPT_S, Reworder
from channels.replies.words_checked import check_source

SOURCE = text_about("saldo", "es")


class Endpoint:
    """An endpoint that answers what it is told to, and keeps what it was asked."""

    def __init__(self, said: str, status: int = 200) -> None:
        self.said, self.status, self.asked = said, status, list[str]()
        self.now = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.content.decode())
        return httpx.Response(self.status, json={"choices": [{"message": {"content": self.said}}]})

    def reworder(self) -> Reworder:
        return Reworder(
            "http://127.0.0.1:9/v1", "small", "secret", lambda: self.now, httpx.MockTransport(self)
        )


GOOD = "¡Hola [[1]]! Soy el asistente de [[2]]: faltan [[3]] antes del [[4]]. Paga en [[5]] cuando quieras."


def test_the_endpoint_sees_tokens_and_its_words_get_the_variables_back() -> None:
    endpoint = Endpoint(GOOD)
    said = endpoint.reworder()(SOURCE)
    assert "{{ monto | dinero }}" in said and said.startswith("¡Hola {{ nombre")
    (asked,) = endpoint.asked
    sent = json.loads(asked)["messages"][1]["content"]
    assert "{{" not in sent and "[[5]]" in sent


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("Hola [[1]]", 200),
        (GOOD + " [[1]]", 200),
        (GOOD + " Le vamos a embargar la casa.", 200),
        (GOOD + " Solo hoy con 50 menos.", 200),
        (GOOD + " https://otra.example", 200),
        (GOOD + " {{ saldo_total }}", 200),
        ("x" * 2000, 200),
        (GOOD, 500),
    ],
)
def test_what_it_may_not_say_leaves_the_fixed_words(said: str, status: int) -> None:
    assert Endpoint(said, status).reworder()(SOURCE) == SOURCE


def test_an_endpoint_that_does_not_answer_leaves_the_fixed_words_and_is_left_alone_a_while() -> None:
    endpoint = Endpoint(GOOD)
    reworder = endpoint.reworder()

    def late(request: httpx.Request) -> httpx.Response:
        endpoint.asked.append(str(request.url))
        raise httpx.ReadTimeout("late")

    reworder.transport = httpx.MockTransport(late)
    assert [reworder(SOURCE), reworder(SOURCE)] == [SOURCE, SOURCE]
    assert len(endpoint.asked) == 1
    endpoint.now = FAILED_S + 1
    reworder(SOURCE)
    assert len(endpoint.asked) == 2


def test_a_wording_is_used_for_an_hour() -> None:
    endpoint = Endpoint(GOOD)
    reworder = endpoint.reworder()
    assert reworder(SOURCE) == reworder(SOURCE)
    endpoint.now = KEPT_S + 1
    reworder(SOURCE)
    assert len(endpoint.asked) == 2


def test_the_fixed_words_pass_what_every_text_must_pass() -> None:
    for texts in assistant_texts().values():
        for source in texts.values():
            assert [finding for finding in check_source(source) if finding.blocks] == []
