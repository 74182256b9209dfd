"""The API a core bank uses: rows in bulk and one by one, payments, events, promises, cases, decisions."""

import io
from datetime import UTC, datetime, timedelta

import orjson
import polars as pl
import pytest

from api.evidence.evidence_file import check_evidence
from api.reactions.reacting import Reactor
from storage.book_in.owners import save_creditor, save_portfolio
from storage.personal import names_of
from tests.api.http.world import ApiWorld, Asker

BASE = "/portfolios/banco"
NDJSON = "application/x-ndjson"


def in_days(days: int) -> object:
    return (datetime.now(UTC) + timedelta(days=days)).date()


@pytest.fixture
def world(api: ApiWorld) -> ApiWorld:
    with api.database.connection() as connection:
        save_creditor(connection, "banco", name="Banco", country="MX", reporting_currency="MXN")
        settings: dict[str, object] = {"creditor": "banco", "currency": "MXN"}
        save_portfolio(
            connection, "banco", name="Banco", country="MX", timezone="America/Mexico_City", settings=settings
        )
    return api


@pytest.fixture
def core(world: ApiWorld) -> Asker:
    return world.as_("strategist")


@pytest.fixture
def agent(world: ApiWorld) -> Asker:
    return world.as_("agent")


def row(number: int, **changes: object) -> dict[str, object]:
    return {
        "account": f"A-{number}",
        "id_number": f"RFC{number:06d}",
        "name": f"Persona {number}",
        "phone": f"+52551000{number:04d}",
        "amount_to_cure": 1500.5,
        "due_on": "2026-10-01",
    } | changes


def lines(*rows: dict[str, object]) -> bytes:
    return b"\n".join(map(orjson.dumps, rows))


def load(core: Asker, body: bytes, kind: str = NDJSON, what: str = "accounts", **query: str):
    return core.ask(
        "POST", f"{BASE}/{what}/loads", content=body, params=query, headers={"Content-Type": kind}
    )


def test_good_lines_land_and_bad_ones_are_listed_by_line(core: Asker) -> None:
    body = b"\n".join(
        [
            orjson.dumps(row(1)),
            b"{not json",
            b"",
            orjson.dumps(row(2, amount_to_cure="mucho")),
            b"[1, 2]",
            orjson.dumps(row(3)),
        ]
    )
    answer = load(core, body)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["rows"], told["accepted"], told["inserted"], told["refused"]) == (5, 2, 2, 3)
    assert [(each["line"], each["column"]) for each in told["refusals"]] == [
        (2, ""),
        (4, "amount_to_cure"),
        (5, ""),
    ]


def test_a_person_without_a_document_is_refused_by_its_field(core: Asker) -> None:
    answer = core.put(f"{BASE}/persons", {"id_number": ""})
    assert answer.status_code == 422
    assert [each["place"] for each in answer.json()["findings"]] == ["id_number"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow"])
def test_every_format_lands_the_same(core: Asker, world: ApiWorld, kind: str) -> None:
    frame = pl.DataFrame([row(1), row(2)])
    out = io.BytesIO()
    if kind == "csv":
        frame.write_csv(out)
    elif kind == "parquet":
        frame.write_parquet(out)
    else:
        frame.write_ipc_stream(out)
    types = {
        "csv": "text/csv",
        "parquet": "application/vnd.apache.parquet",
        "arrow": "application/vnd.apache.arrow.stream",
    }
    assert load(core, out.getvalue(), types[kind]).json()["inserted"] == 2
    with world.database.connection() as connection:
        rows = connection.execute(
            "SELECT number, amount_to_cure, verified_channels FROM account a"
            " JOIN person p ON p.id = person_id ORDER BY number"
        ).fetchall()
    assert rows == [("A-1", 150_050, 0), ("A-2", 150_050, 0)]


def test_loading_twice_changes_nothing_and_totals_must_match(core: Asker) -> None:
    body = lines(row(1), row(2))
    assert load(core, body, totals="rows=2,amount_to_cure=3001.00").json()["inserted"] == 2
    again = load(core, body).json()
    assert (again["inserted"], again["changed"]) == (0, 0)
    wrong = load(core, body, totals="rows=3")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "totals.mismatch")


def test_a_full_load_tells_what_it_did_not_bring(core: Asker) -> None:
    load(core, lines(row(1), row(2)))
    assert load(core, lines(row(1)), scope="full").json()["missing"] == ["A-2"]


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"", NDJSON, "file.empty"),
        (b"PAR1 no", "application/vnd.apache.parquet", "file.damaged"),
        (b"hola", "text/plain", "file.kind"),
        (b'{"account": {"a": 1}, "id_number": "X", "amount_to_cure": 1}', NDJSON, "file.nested"),
        (b'{"otra": 1}', NDJSON, "file.columns"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_clear_problem(
    core: Asker, body: bytes, kind: str, code: str
) -> None:
    answer = load(core, body, kind)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_body_of_two_hundred_megabytes_where_a_document_belongs_is_refused(core: Asker) -> None:
    answer = core.ask("POST", f"{BASE}/payments", headers={"Content-Length": str(200 << 20)}, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")


def test_one_account_is_added_and_changed(core: Asker) -> None:
    said = {key: value for key, value in row(1).items() if key != "account"}
    assert core.put(f"{BASE}/accounts/A-1", said).json()["inserted"] == 1
    said["amount_to_cure"] = 99
    assert core.put(f"{BASE}/accounts/A-1", said).json()["changed"] == 1
    refused = core.put(f"{BASE}/accounts/A-1", {**said, "due_on": None})
    assert refused.status_code == 422
    assert refused.json()["findings"][0]["place"] == "due_on"
    unknown = core.put(f"{BASE}/accounts/A-1", {**said, "sorpresa": 1})
    assert unknown.json()["errors"][0]["place"] == "body.sorpresa"


def test_a_person_and_an_invoice_are_saved_by_themselves(core: Asker, world: ApiWorld) -> None:
    load(core, lines(row(1)))
    person = {"id_number": "RFC000001", "name": "Otra", "email": "ana@correo.example"}
    assert core.put(f"{BASE}/persons", person).status_code == 200
    invoice = {"due_on": "2026-10-01", "amount": "500.00"}
    assert core.put(f"{BASE}/accounts/A-1/invoices/F-1", invoice).json()["inserted"] == 1
    with world.database.connection() as connection:
        ((person_id, stored, invoices),) = connection.execute(
            "SELECT p.id, p.name, a.invoice_count FROM person p JOIN account a ON a.person_id = p.id"
        ).fetchall()
        assert (names_of(connection, [(person_id, stored)]), invoices) == (["Otra"], 1)


def pay(agent: Asker, **changes: object):
    body = {
        "account": "A-1",
        "amount": "500.50",
        "paid_at": datetime.now(UTC).isoformat(),
        "reference": "p1",
    } | changes
    return agent.post(f"{BASE}/payments", body)


def test_a_payment_is_counted_once(core: Asker, agent: Asker) -> None:
    load(core, lines(row(1)))
    told = pay(agent).json()
    assert (told["is_new"], told["amount_to_cure"]) == (True, "1000.00")
    assert pay(agent).json()["is_new"] is False


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"account": "NADIE"}, 404, "account.unknown"),
        ({"currency": "USD"}, 422, "payment.currency"),
        ({"amount": "0"}, 422, "request.invalid"),
        ({"amount": "1.001"}, 422, "amount.decimals"),
    ],
)
def test_a_payment_that_cannot_be_counted_is_a_clear_problem(
    core: Asker, agent: Asker, changes: dict[str, object], status: int, code: str
) -> None:
    load(core, lines(row(1)))
    answer = pay(agent, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_payments_in_bulk_keep_promises_and_post_their_events(
    core: Asker, agent: Asker, world: ApiWorld
) -> None:
    load(core, lines(row(1), row(2)))
    promise = {"amount": "500.00", "due_on": str(in_days(2))}
    made = agent.post(f"{BASE}/accounts/A-1/promises", promise).json()
    assert made["state"] == "made"
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    paid = [
        {"account": "A-1", "amount": 500, "paid_at": later, "reference": "1", "currency": "MXN"},
        {"account": "A-2", "amount": 10, "paid_at": later, "reference": "2", "currency": "USD"},
    ]
    told = load(core, lines(*paid), what="payments").json()
    assert (told["accepted"], told["refusals"][0]["column"]) == (1, "currency")
    assert agent.get(f"{BASE}/accounts/A-1/promises").json()["items"][0]["state"] == "kept"
    with world.database.connection() as connection:
        names = connection.execute("SELECT name FROM domain_event ORDER BY name").fetchall()
    assert names == [("payment",), ("promise_kept",), ("promise_made",)]


def test_a_promise_outside_the_policy_says_why(core: Asker, agent: Asker) -> None:
    load(core, lines(row(1)))
    late = {"amount": "500.00", "due_on": str(in_days(90))}
    answer = agent.post(f"{BASE}/accounts/A-1/promises", late)
    assert (answer.status_code, answer.json()["code"]) == (422, "promise.date")


def test_disputes_complaints_and_protections_hold_the_account(
    core: Asker, agent: Asker, world: ApiWorld
) -> None:
    load(core, lines(row(1)))
    dispute = agent.post(f"{BASE}/accounts/A-1/disputes", {"reason": "no_reconoce", "reference": "d1"}).json()
    complaint = agent.post(f"{BASE}/accounts/A-1/complaints", {"channel": "sms", "cause": "horario"}).json()
    assert complaint["number"].startswith("Q-")
    protection = agent.post(
        f"{BASE}/accounts/A-1/protections", {"kind": "vulnerable", "reason": "enfermedad"}
    ).json()
    assert protection["reason"] is None
    assert agent.get(f"{BASE}/accounts/A-1/protections").json()[0]["reason"] is None
    compliance = world.as_("compliance")
    assert compliance.get(f"{BASE}/accounts/A-1/protections").json()[0]["reason"] == "enfermedad"
    assert Reactor(world.database, world.service.clock).work() == 3
    assert _held(world) == (True, True, True, 3)
    agent.post(f"{BASE}/disputes/{dispute['id']}/answer", {"answer": "rejected"})
    agent.post(f"{BASE}/complaints/{complaint['id']}/answer", {"answer": "Listo", "outcome": "improcedente"})
    compliance.post(f"{BASE}/protections/{protection['id']}/lift", {"reason": "revisada"})
    assert _held(world) == (False, False, False, 0)


def _held(world: ApiWorld) -> tuple[bool, bool, bool, int]:
    with world.database.connection() as connection:
        ((dispute, complaint, stops, kinds),) = connection.execute(
            "SELECT dispute_open, complaint_open, stops <> 0, bit_count(hold_kinds::bit(32))"
            " FROM account JOIN person p ON p.id = person_id"
        ).fetchall()
    return dispute, complaint, stops, kinds


def test_a_claim_of_payment_rests_the_debt_and_asks_for_a_look(
    core: Asker, agent: Asker, world: ApiWorld
) -> None:
    load(core, lines(row(1)))
    claim = {"via": "agent", "reference": "c1"}
    assert agent.post(f"{BASE}/accounts/A-1/paid-claims", claim).json() == {"is_new": True}
    assert agent.post(f"{BASE}/accounts/A-1/paid-claims", claim).json() == {"is_new": False}
    with world.database.connection() as connection:
        tasks = connection.execute("SELECT kind, details->>'queue' FROM effect").fetchall()
    assert tasks == [("task", "verificacion_de_pagos")]


def test_an_event_is_told_once_and_worked(core: Asker, agent: Asker, world: ApiWorld) -> None:
    load(core, lines(row(1)))
    event = {"name": "wrong_number", "account": "A-1", "reference": "e1", "address": "+525510000001"}
    assert agent.post(f"{BASE}/events", event).json() == {"is_new": True}
    assert agent.post(f"{BASE}/events", event).json() == {"is_new": False}
    Reactor(world.database, world.service.clock).work()
    with world.database.connection() as connection:
        assert connection.execute("SELECT status FROM contact_point").fetchall() == [("wrong",)]
    lacking = agent.post(f"{BASE}/events", {**event, "reference": "e2", "address": ""})
    assert lacking.json()["code"] == "event.address"


def test_the_decision_of_an_account_is_told_without_doing_it(core: Asker) -> None:
    load(core, lines(row(1)))
    told = core.get(f"{BASE}/accounts/A-1/decision").json()
    assert (told["bucket"], told["messages"]) == ("not_eligible", [])
    unknown = core.get(f"{BASE}/accounts/NADIE/decision")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "account.unknown")


def test_reactions_are_proposed_by_one_and_approved_by_another(core: Asker, world: ApiWorld) -> None:
    rule = {"key": "r", "on": ["payment"], "do": [{"kind": "open_conversation"}]}
    made = core.post(f"{BASE}/reactions", {"document": {"rules": [rule]}}).json()
    approved = world.as_("approver").post(f"{BASE}/reactions/{made['number']}/approval")
    assert approved.json()["state"] == "active"
    looser = {**rule, "do": [{"kind": "reopen"}]}
    refused = core.post(f"{BASE}/reactions", {"document": {"rules": [looser]}})
    assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "reaction.looser")


def test_a_case_of_another_portfolio_is_unknown_here(core: Asker, agent: Asker, world: ApiWorld) -> None:
    load(core, lines(row(1)))
    with world.database.connection() as connection:
        save_portfolio(
            connection, "otro", name="Otro", country="MX", timezone="America/Mexico_City", settings={}
        )
    promise = {"amount": "500.00", "due_on": str(in_days(2)), "confirmed": False}
    made = agent.post(f"{BASE}/accounts/A-1/promises", promise).json()
    pay(agent)
    elsewhere = [
        agent.post(f"/portfolios/otro/promises/{made['id']}/confirmation"),
        agent.post(
            "/portfolios/otro/reversals", {"reference": "p1", "reversed_at": datetime.now(UTC).isoformat()}
        ),
    ]
    assert [answer.status_code for answer in elsewhere] == [404, 404]


def test_the_evidence_of_an_account_is_json_or_paper_and_who_took_it_is_written_down(
    core: Asker, world: ApiWorld
) -> None:
    load(core, lines(row(1)))
    auditor = world.as_("auditor")
    path = f"{BASE}/accounts/A-1/evidence"
    document = auditor.get(path).json()
    assert check_evidence(document).wrong == ()
    paper = auditor.get(path, headers={"Accept": "application/pdf"})
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
    taken = [entry for entry in auditor.get(path).json()["entries"] if entry["kind"] == "evidence.taken"]
    assert [entry["said"] for entry in taken] == ["Se asentó: Se entregó esta bitácora (por: auditor-0)."] * 2
    assert [body["paper"] for body in world.ledger("evidence.taken")] == [False, True, False]
    assert auditor.get(f"{BASE}/accounts/nada/evidence").status_code == 404
    assert core.get(path).status_code == 403
