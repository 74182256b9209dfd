"""Every refusal is a problem with code, place and hint."""

from tests.api.http.world import ApiWorld


def test_every_wrong_value_of_a_body_is_named(api: ApiWorld) -> None:
    wrong = api.as_("admin").post("/users", {"login": "a b", "name": "", "grants": "none"})
    told = wrong.json()
    assert wrong.status_code == 422 and wrong.headers["content-type"] == "application/problem+json"
    assert told["code"] == "request.invalid"
    assert {error["place"] for error in told["errors"]} == {"body.login", "body.name", "body.grants"}


def test_a_body_that_is_no_json_and_an_unknown_path_have_their_own_answers(api: ApiWorld) -> None:
    admin = api.as_("admin")
    broken = admin.ask("POST", "/users", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 422 and broken.json()["code"] == "request.invalid"
    assert admin.get("/nothing").json()["code"] == "http.not_found"


def test_a_body_above_the_limit_is_refused_before_it_is_read(api: ApiWorld) -> None:
    admin = api.as_("admin")
    announced = admin.ask("POST", "/users", content=b"x" * (3 << 20))
    assert announced.status_code == 413 and announced.json()["code"] == "body.too_large"
    in_parts = admin.ask("POST", "/users", content=(b"x" * (1 << 20) for _ in range(3)))
    assert in_parts.status_code == 413 and in_parts.json()["code"] == "body.too_large"


def test_without_a_database_the_answer_says_so(api: ApiWorld) -> None:
    silent = ApiWorld("postgresql://nobody@127.0.0.1:1/none", api.settings.data_dir)
    answer = silent.nobody().post("/sessions", {"login": "ana", "password": "x" * 12})
    assert answer.status_code == 503 and answer.json()["code"] == "service.unreachable"
