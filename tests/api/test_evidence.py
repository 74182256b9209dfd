"""The bitácora of an account (row C6): everything in order, in Spanish, with proofs."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.evidence.evidence_file import check_evidence, evidence_document, read_evidence
from api.evidence.evidence_on_paper import on_paper
from api.usecases.upkeep.gather_evidence import Evidence, gather_evidence
from engine.errors import BookError, ServiceError
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Debt, Timeline


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    """Ana is written to, pays a part and opts out; Luis owes as well."""
    timeline = Timeline(database_url, tmp_path)
    timeline.publish(path("mora", enter(), send("aviso"), wait(2), send("segundo"), end()))
    return timeline


@pytest.fixture
def ana(timeline: Timeline) -> Debt:
    timeline.debtor("Luis")
    ana = timeline.debtor("Ana", owes="1500.00")
    timeline.day(0).payment(ana, "200.00")
    timeline.day(1).opt_out(ana)
    timeline.day(2)
    return ana


def gathered(timeline: Timeline, debt: Debt) -> Evidence:
    ((number,),) = timeline.rows("SELECT number FROM account WHERE id = %s", debt.account_id)
    return gather_evidence(timeline.database, timeline.clock, timeline.book_key, number)


def document_of(timeline: Timeline, debt: Debt) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(evidence_document(gathered(timeline, debt))))
    return document


def test_the_history_is_told_in_order_and_in_spanish(timeline: Timeline, ana: Debt) -> None:
    told = gathered(timeline, ana).entries
    assert [entry.at for entry in told] == sorted(entry.at for entry in told)
    said = [entry.said for entry in told]
    assert said[0] == "Entra a la estrategia «mora», versión 1."
    assert any(one.startswith("Mensaje de cobranza por WhatsApp («aviso», por $1,500)") for one in said)
    assert any(one.startswith("Pago de $200") for one in said)
    assert any("pidió no recibir más mensajes" in one for one in said)
    proven = [entry for entry in told if entry.line is not None]
    assert {entry.kind for entry in proven} >= {"payment.recorded", "person.opted_out"}


def test_nothing_of_another_account_stands_in_it(timeline: Timeline, ana: Debt) -> None:
    subjects = {line.subject for line in gathered(timeline, ana).lines}
    assert subjects == {f"account:{ana.account_id}", f"person:{ana.person_id}"}


def test_the_file_proves_itself(timeline: Timeline, ana: Debt) -> None:
    document = document_of(timeline, ana)
    done = check_evidence(document)
    assert done.wrong == () and done.proven == len(document["lines"]) >= 2
    assert done.head is not None and check_evidence(document, [done.head]).wrong == ()


def test_the_file_proves_itself_however_far_the_head_is(timeline: Timeline, ana: Debt) -> None:
    for _ in range(9):
        timeline.day(2).payment(ana, "1.00")
        gathered(timeline, ana)
    document = document_of(timeline, ana)
    assert len({line["seal"] for line in document["lines"]}) > 5
    assert check_evidence(document).wrong == ()


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (lambda d: d["lines"][0]["body"].update(amount=1), "was changed"),
        (lambda d: d["lines"][0].update(at="2026-11-01T00:00:00.000000+00:00"), "was changed"),
        (lambda d: d["lines"][0].update(id=9999), "does not say what line"),
        (lambda d: d["entries"].clear(), "no entry tells line"),
        (lambda d: next(e for e in d["entries"] if e["line"]).update(said="Nada."), "does not say what line"),
        (lambda d: d["seals"][-1].update(root="00" * 32), "is not under the root"),
        (lambda d: d["lines"][0].update(index=d["lines"][0]["index"] + 1), "is not under the root"),
    ],
)
def test_a_forged_file_is_found_out(timeline: Timeline, ana: Debt, forge: Any, said: str) -> None:
    document = document_of(timeline, ana)
    forge(document)
    assert any(said in sentence for sentence in check_evidence(document).wrong)


def test_a_file_of_another_chain_is_found_out_by_an_exported_head(timeline: Timeline, ana: Debt) -> None:
    document = document_of(timeline, ana)
    true = check_evidence(document).head
    assert true is not None
    document["seals"][0]["total"] += 1
    assert any("is not the one that was exported" in one for one in check_evidence(document, [true]).wrong)


def test_it_can_be_had_on_paper(timeline: Timeline, ana: Debt) -> None:
    paper = on_paper(gathered(timeline, ana))
    assert paper.startswith(b"%PDF") and paper == on_paper(gathered(timeline, ana))


def test_what_is_no_evidence_is_refused(timeline: Timeline, tmp_path: Path) -> None:
    with pytest.raises(BookError, match=r"account\.unknown"):
        gather_evidence(timeline.database, timeline.clock, timeline.book_key, "no such")
    file = tmp_path / "x.json"
    file.write_text('{"format": "other/1"}')
    with pytest.raises(ServiceError, match=r"evidence\.format"):
        read_evidence(file)
    with pytest.raises(ServiceError, match=r"evidence\.format"):
        check_evidence({"format": "cadencia-evidence/1"})


def test_an_opt_out_of_the_same_person_is_evidence_of_each_debt(timeline: Timeline, ana: Debt) -> None:
    other = timeline.debt_of(ana)
    assert "person.opted_out" in {line.kind for line in gathered(timeline, other).lines}
