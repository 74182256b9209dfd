"""Users, sessions and keys: who gets in, who no longer does, and what the ledger says about it."""

from datetime import timedelta

from tests.api.http.world import ApiWorld
from tests.factories.book import BookFactory

PASSWORD = "una frase larga y propia"


def test_a_user_signs_in_and_sees_what_they_may(api: ApiWorld) -> None:
    BookFactory(api.database)
    grants = [{"role": "strategist", "portfolio": "prueba"}]
    made = api.as_("admin").post(
        "/users", {"login": "Ana", "name": "Ana Ruiz", "password": PASSWORD, "grants": grants}
    )
    assert made.status_code == 201 and made.json()["grants"] == grants
    signed_in = api.nobody().post("/sessions", {"login": "ana", "password": PASSWORD})
    assert signed_in.status_code == 201
    me = api.by_key(signed_in.json()["token"]).get("/sessions/me").json()
    assert me["login"] == "ana" and me["grants"][0]["portfolio"] == "prueba"
    assert "strategy.edit" in me["grants"][0]["permissions"]
    assert api.ledger("user.added") == [{"roles": ["strategist@prueba"], "by": "admin-0"}]


def test_a_wrong_password_and_an_unknown_login_are_answered_alike(api: ApiWorld) -> None:
    api.as_("admin").post("/users", {"login": "ana", "name": "Ana", "password": PASSWORD, "grants": []})
    wrong = api.nobody().post("/sessions", {"login": "ana", "password": "otra frase larga"})
    nobody = api.nobody().post("/sessions", {"login": "eva", "password": "otra frase larga"})
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json() == nobody.json() and wrong.json()["code"] == "access.sign_in"
    assert wrong.headers["content-type"] == "application/problem+json"


def test_guessing_passwords_is_slowed_down(api: ApiWorld) -> None:
    answers = [
        api.nobody().post("/sessions", {"login": "ana", "password": "x" * 12}).status_code for _ in range(12)
    ]
    assert answers[0] == 401 and answers[-1] == 429


def test_a_new_password_or_a_switched_off_user_ends_their_sessions(api: ApiWorld) -> None:
    ana = api.as_("viewer", login="ana")
    assert ana.get("/sessions/me").status_code == 200
    api.as_("admin").patch("/users/ana", {"password": PASSWORD})
    assert ana.get("/sessions/me").json()["code"] == "session.expired"
    token = api.nobody().post("/sessions", {"login": "ana", "password": PASSWORD}).json()["token"]
    assert api.by_key(token).get("/sessions/me").status_code == 200
    api.as_("admin").patch("/users/ana", {"active": False})
    assert api.by_key(token).get("/sessions/me").status_code == 401
    assert api.nobody().post("/sessions", {"login": "ana", "password": PASSWORD}).status_code == 401


def test_signing_out_ends_every_session_of_oneself(api: ApiWorld) -> None:
    ana = api.as_("viewer")
    assert ana.delete("/sessions/me").status_code == 204
    assert ana.get("/sessions/me").status_code == 401


def test_nobody_changes_their_own_roles(api: ApiWorld) -> None:
    refused = api.as_("admin", login="root").patch("/users/root", {"grants": [{"role": "approver"}]})
    assert refused.status_code == 422 and refused.json()["code"] == "user.oneself"


def test_a_key_opens_its_scopes_in_its_portfolio_until_it_is_revoked(api: ApiWorld) -> None:
    BookFactory(api.database)
    asked = {"label": "core", "scopes": ["user.read"], "portfolio": "*", "days": 30}
    given = api.as_("admin").post("/keys", asked).json()
    core = api.by_key(given["key"])
    assert core.get("/users").status_code == 200
    assert core.post("/users", {"login": "x", "name": "x", "grants": []}).json()["code"] == "access.denied"
    assert given["key"] not in api.as_("auditor").get("/keys").text
    with api.database.connection() as connection:
        kept = connection.execute("SELECT digest FROM api_key").fetchall()[0][0]
    assert given["key"].encode() not in bytes(kept)
    assert api.as_("admin").delete(f"/keys/{given['prefix']}").status_code == 204
    assert core.get("/users").json()["code"] == "key.expired"
    assert api.ledger("key.revoked") == [{"by": "admin-0"}]


def test_a_key_has_an_end(api: ApiWorld) -> None:
    given = api.as_("admin").post("/keys", {"label": "core", "scopes": ["user.read"], "days": 1}).json()
    with api.database.connection() as connection:
        connection.execute("UPDATE api_key SET expires_at = expires_at - %s", [timedelta(days=2)])
    assert api.by_key(given["key"]).get("/users").json()["code"] == "key.expired"


def test_no_machine_may_be_the_second_person(api: ApiWorld) -> None:
    refused = api.as_("admin").post("/keys", {"label": "core", "scopes": ["strategy.approve"], "days": 1})
    assert refused.status_code == 422 and refused.json()["code"] == "key.people_only"


def test_a_tampered_token_is_nobodys(api: ApiWorld) -> None:
    token = api.as_("viewer").token
    assert api.by_key(token[:-2] + "xx").get("/sessions/me").json()["code"] == "session.invalid"
    assert api.by_key("cad_" + "a" * 10 + "_" + "b" * 43).get("/sessions/me").json()["code"] == "key.invalid"
    assert api.nobody().get("/sessions/me").json()["code"] == "access.missing"


def test_lists_are_told_page_by_page(api: ApiWorld) -> None:
    for login in ("ana", "beto", "carla"):
        api.as_("viewer", login=login)
    admin = api.as_("admin", login="zoe")
    first = admin.get("/users", params={"limit": 2}).json()
    rest = admin.get("/users", params={"limit": 2, "after": first["next"]}).json()
    assert [user["login"] for user in first["items"] + rest["items"]] == ["ana", "beto", "carla", "zoe"]
    assert rest["next"] is None
    assert admin.get("/users", params={"after": "¿?"}).json()["code"] == "page.cursor"
