"""A portfolio's own facts: declared in its settings, read from accounts, asked about by strategies."""

from pathlib import Path

import polars as pl
import pytest

from api.catalogue import catalogue_of
from api.usecases.day.explain_account import explain_account
from engine.errors import BookError, StrategyError
from storage.snapshots import Snapshot, load
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Debt, Timeline

DECLARED = [
    {"name": "tiene_seguro", "type": "boolean", "label_es": "Tiene seguro"},
    {"name": "sucursal", "type": "enum", "label_es": "Sucursal", "values": ["norte", "sur"]},
    {"name": "campanas", "type": "set", "label_es": "Campañas", "values": ["navidad", "verano"]},
    {"name": "limite_extra", "type": "money", "label_es": "Límite extra"},
    {"name": "visitas", "type": "number", "label_es": "Visitas"},
    {"name": "vence_seguro", "type": "date", "label_es": "Vence el seguro"},
    {"name": "ingreso", "type": "money", "label_es": "Ingreso", "personal": True},
]


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    return Timeline(database_url, tmp_path, settings={"custom_facts": DECLARED})


def who_enters(timeline: Timeline, when: object, *debts: Debt) -> list[str]:
    """The names of the debtors a segment takes in."""
    timeline.publish(path("propia", enter(when), send("aviso"), end()))
    day = timeline.day(0)
    return [debt.name for debt in debts if day.sent(debt)]


@pytest.mark.parametrize(
    ("fact", "op", "value", "right", "others"),
    [
        ("tiene_seguro", "is", True, [True, "true"], [False, None, "quizá", 1]),
        ("sucursal", "in", ["norte"], ["norte"], ["sur", "oeste", None, 7, ["norte"]]),
        ("campanas", "has", "verano", [["verano"], ["navidad", "verano"]], [[], ["otoño", "verano"]]),
        ("limite_extra", ">=", 100_00, [100_00, "15000", 10000.0], [99_99, 100.5, "mucho", 10**19, None]),
        ("visitas", "=", 0, [0, "0"], [1, "", None, {"n": 0}]),
        ("vence_seguro", "before", "2026-12-01", ["2026-11-30"], ["2026-12-01", "2026-02-30", "hoy", 5]),
        ("ingreso", ">", 0, [1], [0, None]),
    ],
)  # fmt: skip
def test_a_segment_asks_for_a_fact_of_the_portfolio(
    timeline: Timeline, fact: str, op: str, value: object, right: list[object], others: list[object]
) -> None:
    yes = [timeline.debtor(f"sí {given!r}", custom={fact: given}) for given in right]
    no = [timeline.debtor(f"no {given!r}", custom={fact: given}) for given in others]
    no.append(timeline.debtor("sin dato"))
    entered = who_enters(timeline, {"fact": fact, "op": op, "value": value}, *yes, *no)
    assert entered == [debt.name for debt in yes]


def test_values_nobody_can_read_are_unknown_and_counted_in_the_run(timeline: Timeline) -> None:
    timeline.debtor("Ana", custom={"visitas": "muchas", "vence_seguro": "2026-02-30", "sucursal": "norte"})
    timeline.debtor("Luis", custom={"visitas": "pocas", "campanas": None})
    timeline.day(0)
    ((manifest,),) = timeline.rows("SELECT manifest FROM run")
    assert manifest["unreadable_facts"] == {"visitas": 2, "vence_seguro": 1}


def test_a_fact_that_changes_overnight_is_read_anew(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana", custom={"visitas": 0})
    timeline.publish(path("propia", enter({"fact": "visitas", "op": ">", "value": 0}), send("aviso"), end()))
    assert timeline.day(0).sent(ana) == []
    timeline.do("UPDATE account SET custom = '{\"visitas\": 3}', revision = revision + 1")
    timeline.day(1).expect(ana, sent="aviso")


def test_personal_facts_stay_out_of_the_snapshot(timeline: Timeline) -> None:
    timeline.debtor("Ana", custom={"ingreso": 5, "visitas": 2})
    both = {"all": [{"fact": name, "op": ">", "value": 0} for name in ("ingreso", "visitas")]}
    timeline.publish(path("propia", enter(both), wait(1), end()))
    timeline.day(0)
    ((url, sha256),) = timeline.rows("SELECT snapshot, snapshot_hash FROM run_shard")
    accounts: pl.DataFrame = load(Snapshot(url, sha256))["accounts"]
    assert "visitas" in accounts.columns
    assert "ingreso" not in accounts.columns


def test_explain_knows_the_facts_of_that_day_when_they_were_withdrawn_since(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana", custom={"visitas": 3})
    timeline.publish(path("propia", enter({"fact": "visitas", "op": ">", "value": 0}), send("aviso"), end()))
    timeline.day(0).expect(ana, sent="aviso")
    timeline.do("UPDATE portfolio SET settings = '{}'")
    ((number,),) = timeline.rows("SELECT number FROM account")
    lines = explain_account(timeline.database, timeline.book_key, number, timeline.date(0))
    assert any("Visitas" in line.text for line in lines)


def test_a_strategy_may_not_ask_for_what_nobody_declared(timeline: Timeline) -> None:
    with pytest.raises(StrategyError, match="visita_domiciliaria"):
        timeline.publish(
            path(
                "propia", enter({"fact": "visita_domiciliaria", "op": ">", "value": 0}), send("aviso"), end()
            )
        )


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ({"name": "revision", "type": "number", "label_es": "x"}, "facts.name_taken"),
        ({"name": "days_past_due", "type": "number", "label_es": "x"}, "facts.name_taken"),
        ({"name": "x'; DROP TABLE account", "type": "number", "label_es": "x"}, "facts.declaration"),
        ({"name": "x", "type": "enum", "label_es": "x"}, "facts.declaration"),
        ({"name": "x", "type": "number", "label_es": "x", "values": ["a"]}, "facts.declaration"),
        ({"name": "x", "type": "text", "label_es": "x"}, "facts.declaration"),
        ({"name": "x", "type": "number"}, "facts.declaration"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(declared: dict[str, object], code: str) -> None:
    with pytest.raises(BookError) as refusal:
        catalogue_of({"custom_facts": [declared]})
    assert refusal.value.code == code
