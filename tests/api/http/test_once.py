"""``Idempotency-Key``: the first answer is told again, another body is refused."""

from api.usecases.upkeep.forget_answers import forget_answers
from tests.api.http.world import ApiWorld

ANA = {"login": "ana", "name": "Ana", "grants": []}


def test_a_repeated_post_gets_its_first_answer_and_does_nothing_more(api: ApiWorld) -> None:
    admin = api.as_("admin")
    first = admin.post("/keys", {"label": "core", "scopes": ["run.read"]}, headers={"Idempotency-Key": "k1"})
    again = admin.post("/keys", {"label": "core", "scopes": ["run.read"]}, headers={"Idempotency-Key": "k1"})
    assert first.status_code == again.status_code == 201
    assert again.content == first.content and again.headers["Idempotent-Replay"] == "true"
    assert len(admin.get("/keys").json()["items"]) == 1


def test_a_refusal_is_told_again_too(api: ApiWorld) -> None:
    admin = api.as_("admin")
    admin.post("/users", ANA)
    taken = admin.post("/users", ANA, headers={"Idempotency-Key": "k1"})
    again = admin.post("/users", ANA, headers={"Idempotency-Key": "k1"})
    assert taken.status_code == again.status_code == 409
    assert again.json() == taken.json() and again.headers["Idempotent-Replay"] == "true"


def test_the_same_key_with_another_body_is_refused(api: ApiWorld) -> None:
    admin = api.as_("admin")
    admin.post("/users", ANA, headers={"Idempotency-Key": "k1"})
    refused = admin.post("/users", {**ANA, "login": "eva"}, headers={"Idempotency-Key": "k1"})
    assert refused.status_code == 409 and refused.json()["code"] == "first_answer.other_body"


def test_two_callers_may_choose_the_same_key(api: ApiWorld) -> None:
    for login, admin in (("ana", "root-1"), ("eva", "root-2")):
        asked = {**ANA, "login": login}
        made = api.as_("admin", login=admin).post("/users", asked, headers={"Idempotency-Key": "k1"})
        assert made.status_code == 201 and made.json()["login"] == login


def test_what_nobody_may_do_is_not_kept(api: ApiWorld) -> None:
    api.as_("viewer").post("/users", ANA, headers={"Idempotency-Key": "k1"})
    with api.database.connection() as connection:
        assert connection.execute("SELECT count(*) FROM first_answer").fetchone() == (0,)


def test_a_request_that_is_still_being_worked_is_not_begun_again(api: ApiWorld) -> None:
    admin = api.as_("admin")
    admin.post("/users", ANA, headers={"Idempotency-Key": "k1"})
    with api.database.connection() as connection:
        connection.execute("UPDATE first_answer SET status = 0")
    waiting = admin.post("/users", ANA, headers={"Idempotency-Key": "k1"})
    assert waiting.status_code == 409 and waiting.json()["code"] == "first_answer.in_progress"


def test_a_key_is_forgotten_after_two_days(api: ApiWorld) -> None:
    admin = api.as_("admin")
    admin.post("/users", ANA, headers={"Idempotency-Key": "k1"})
    with api.database.connection() as connection:
        connection.execute("UPDATE first_answer SET at = at - interval '49 hours'")
    fresh = admin.post("/users", {**ANA, "login": "eva"}, headers={"Idempotency-Key": "k1"})
    assert fresh.status_code == 201
    with api.database.connection() as connection:
        connection.execute("UPDATE first_answer SET at = at - interval '49 hours'")
    assert (forget_answers(api.database), forget_answers(api.database)) == (1, 0)
