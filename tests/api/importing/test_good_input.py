"""Files as banks and ERPs export them: any header, any order of dates, and twice without effect."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tests.api.importing.conftest import AS_OF, Desk

EXPORT = """\
Nº de Crédito|RFC|Nombre del cliente|Celular|E-Mail|Saldo Vencido|Saldo Actual|Fecha Vencimiento|Estado|\
Autoriza WhatsApp|Acepta SMS|Producto|RFC Aval|Nombre Aval|Teléfono Aval
1001|PEGJ800101AAA|Juana Pérez|55 1234 5678|juana@example.com|$1,234.50|$10,000.00|10/25/2026|Jalisco|\
Sí|No|Tarjeta|GOML700101BBB|Luis Gómez|33 1234 5678
1002|PEGJ800101AAA|Juana Pérez|55 1234 5678|juana@example.com|(0.00)|$500.00|11/30/2026|Jalisco|\
Sí|No|Préstamo|||
"""
MAPPING: dict[str, Any] = {"columns": {"account": "Nº de Crédito", "name": "Nombre del cliente"}}


def table(desk: Desk, name: str) -> list[tuple[object, ...]]:
    return desk.ask(f"SELECT to_jsonb(t)::text FROM {name} t ORDER BY 1")


def test_an_export_of_an_erp_lands_whole(desk: Desk) -> None:
    report = desk.load(EXPORT, **MAPPING)
    assert (report.rows, report.accepted, report.inserted, report.refusals.height) == (2, 2, 2, 0)
    assert desk.ask(
        "SELECT number, amount_to_cure, outstanding_balance, episode FROM account ORDER BY 1"
    ) == [
        ("1001", 123450, 1000000, 1),
        ("1002", 0, 50000, 0),
    ]
    assert desk.ask("SELECT effective_due_on FROM account WHERE number = '1001'") == [(date(2026, 10, 26),)]
    people = desk.ask(
        "SELECT subdivision, reachable_channels, consented_channels, denied_channels"
        " FROM person JOIN place ON place.id = place_id ORDER BY person.id"
    )
    assert dict(zip(desk.names(), people, strict=True)) == {
        "Juana Pérez": ("JAL", 94, 2, 4),
        "Luis Gómez": ("JAL", 86, 0, 0),
    }
    assert desk.ask("SELECT relation FROM account_party") == [(2,)]
    assert desk.ask("SELECT word FROM term WHERE kind = 'product' ORDER BY 1") == [
        ("Préstamo",),
        ("Tarjeta",),
    ]


def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    desk.load(EXPORT, **MAPPING)
    tables = ("person", "contact_point", "consent", "account", "account_party", "place", "term")
    before = [table(desk, name) for name in tables]
    report = desk.load(EXPORT, **MAPPING)
    assert (report.inserted, report.changed) == (0, 0)
    assert [table(desk, name) for name in tables] == before


def test_only_what_changed_gets_a_new_revision(desk: Desk) -> None:
    desk.load(EXPORT, **MAPPING)
    report = desk.load(EXPORT.replace("$500.00", "$400.00"), **MAPPING)
    assert (report.inserted, report.changed) == (0, 1)
    assert desk.ask("SELECT number, revision FROM account ORDER BY 1") == [("1001", 0), ("1002", 1)]


def test_a_parquet_and_a_spreadsheet_say_the_same_as_a_csv(desk: Desk) -> None:
    rows = pl.DataFrame(
        {
            "account": ["A", "B"],
            "rfc": ["X1", "X2"],
            "amount_to_cure": [10.5, 0.1 + 0.2],
            "due_on": [date(2026, 11, 3)] * 2,
        }
    )
    path = desk.folder / "cartera.parquet"
    rows.write_parquet(path)
    desk.load(path)
    assert desk.ask("SELECT number, amount_to_cure FROM account ORDER BY 1") == [("A", 1050), ("B", 30)]


def test_typed_custom_facts_are_laid_over_those_there_are(desk: Desk) -> None:
    header = "cuenta,rfc,monto vencido,dias de mora,Sucursal,Visitas\n"
    visits = {"visits": {"column": "Visitas", "type": "number"}}
    branch = {"branch": {"column": "Sucursal", "type": "text"}}
    desk.load(header + "C-1,X1,10.50,3,Centro,4\n", custom=branch | visits)
    assert desk.ask("SELECT custom FROM account") == [({"branch": "Centro", "visits": 4},)]
    desk.load(header + "C-1,X1,10.50,3,Centro,5\n", custom=visits)
    assert desk.ask("SELECT custom FROM account") == [({"branch": "Centro", "visits": 5},)]


def test_a_full_load_holds_what_it_does_not_bring_and_frees_what_is_back(desk: Desk) -> None:
    desk.load(EXPORT, scope="full", **MAPPING)
    only_first = "\n".join(EXPORT.splitlines()[:2])
    assert desk.load(only_first, scope="full", **MAPPING).missing == ["1002"]
    assert desk.load(only_first, scope="full", **MAPPING).missing == []
    desk.load(EXPORT, scope="full", **MAPPING)
    assert desk.ask("SELECT count(*) FROM account WHERE missing OR hold_kinds <> 0") == [(0,)]


def test_a_payment_is_felt_at_once_and_only_once(desk: Desk) -> None:
    desk.load(EXPORT, **MAPPING)
    header = "cuenta,referencia,monto,fecha de pago\n"
    text = f"{header}1001,P-1,1000.00,2026-11-12 10:00\n1001,P-2,234.50,2026-11-12\n"
    report = desk.load(text, kind="payments")
    assert report.inserted == 2
    seen = (
        "SELECT amount_to_cure, outstanding_balance, last_payment_on, paid_30d, account_status FROM account"
    )
    after = [(0, 1000000 - 123450, date(2026, 11, 12), 123450, 1)]
    assert desk.ask(f"{seen} WHERE number = '1001'") == after
    assert desk.load(text, kind="payments").inserted == 0
    assert desk.ask(f"{seen} WHERE number = '1001'") == after
    assert desk.ask("SELECT kind, body FROM account_event ORDER BY id") == [
        (3, {"amount": 100000}),
        (3, {"amount": 23450}),
    ]
    assert desk.ask("SELECT paid_at AT TIME ZONE 'UTC' FROM payment WHERE reference = 'P-1'")[0][0].hour == 16


def test_a_payment_of_an_unknown_account_is_refused(desk: Desk) -> None:
    report = desk.load("cuenta,referencia,monto,fecha de pago\nX-9,P-1,10.00,2026-11-12\n", kind="payments")
    assert report.refusals["reason"].to_list() == ["no existe esa cuenta en el portafolio"]


def test_a_payment_before_the_date_of_the_amounts_is_in_them_already(desk: Desk) -> None:
    desk.load(EXPORT, **MAPPING)
    desk.load("cuenta,referencia,monto,fecha de pago\n1001,P-1,1000.00,2026-11-10\n", kind="payments")
    assert desk.ask("SELECT amount_to_cure, last_payment_on FROM account WHERE number = '1001'") == [
        (123450, date(2026, 11, 10))
    ]


def test_contacts_of_others_count_once_on_the_debtors_date(desk: Desk) -> None:
    desk.load(EXPORT, **MAPPING)
    text = (
        "cuenta,folio,canal,fecha y hora,contacto efectivo,gestor,resultado\n"
        "1001,G-1,Llamada,2026-11-11 20:30,sí,Marcador,promesa\n"
        "1001,G-2,visita,2026-11-12T01:30:00Z,no,Calle,nadie\n"
        "1001,G-1,Llamada,2026-11-11 20:30,sí,Marcador,promesa\n"
    )
    report = desk.load(text, kind="outside_contacts")
    assert (report.inserted, report.refused) == (2, 1)
    assert desk.load(text, kind="outside_contacts").inserted == 0
    assert desk.ask("SELECT channel, two_way, local_on FROM outside_contact ORDER BY reference") == [
        (4, True, date(2026, 11, 11)),
        (7, False, date(2026, 11, 11)),
    ]
    assert desk.ask("SELECT last_contact_on, contacts_7d FROM person WHERE contacts_7d > 0") == [
        (date(2026, 11, 11), 2)
    ]


def test_promises_invoices_protections_and_consents_land_once(desk: Desk) -> None:
    desk.load(EXPORT, **MAPPING)
    files = {
        "promises": "cuenta,monto,fecha promesa\n1001,500.00,2026-11-20\n",
        "invoices": "cuenta,factura,vencimiento,importe,saldo\n1001,F-1,2026-10-20,100.00,40.00\n",
        "protections": "rfc,motivo,observacion\nPEGJ800101AAA,Vulnerable,hospital\n",
        "consents": "rfc,canal,autoriza,fecha\nPEGJ800101AAA,todos,no,2026-11-12\n",
    }
    for kind, text in files.items():
        assert desk.load(text, kind=kind).accepted == 1, kind
    state = table(desk, "account") + table(desk, "person")
    assert desk.ask(
        "SELECT promise_open, promise_amount, invoice_count, hold_kinds FROM account WHERE number = '1001'"
    ) == [(True, 50000, 1, 1 << 4 | 1 << 3)]
    assert desk.ask("SELECT stops, denied_channels, consented_channels FROM person WHERE stops <> 0") == [
        (4 | 128, 126, 0)
    ]
    for kind, text in files.items():
        desk.load(text, kind=kind)
    assert table(desk, "account") + table(desk, "person") == state
    assert [len(table(desk, name)) for name in ("promise", "invoice", "hold")] == [1, 1, 2]


def test_a_banks_file_does_not_lift_an_opt_out(desk: Desk) -> None:
    desk.load(EXPORT, **MAPPING)
    desk.load("rfc,canal,autoriza,fecha\nPEGJ800101AAA,whatsapp,no,2026-11-12\n", kind="consents")
    desk.load(EXPORT, as_of=date(2026, 11, 20), **MAPPING)
    denied = desk.ask("SELECT denied_channels & 2 FROM person ORDER BY id")
    assert dict(zip(desk.names(), denied, strict=True))["Juana Pérez"] == (2,)


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [("CLP", "1.234.567", 1234567), ("CLP", "1.234.567,00", 1234567), ("COP", "1.234.567,50", 123456750)],
)
def test_amounts_are_minor_units_of_their_currency(desk: Desk, currency: str, text: str, minor: int) -> None:
    desk.load(f"cuenta;rfc;monto vencido;dias de mora;moneda\nC-1;X1;{text};3;{currency}\n")
    assert desk.ask("SELECT amount_to_cure FROM account") == [(minor,)]


def test_a_peso_with_cents_where_there_are_none_is_refused(desk: Desk) -> None:
    report = desk.load("cuenta;rfc;monto vencido;dias de mora;moneda\nC-1;X1;1.234,50;3;CLP\n")
    assert "decimales" in report.refusals["reason"][0]


def test_the_same_phone_does_not_merge_two_people(desk: Desk) -> None:
    desk.load(
        "cuenta,rfc,celular,monto vencido,dias de mora\nC-1,X1,5512345678,1.50,3\nC-2,X2,5512345678,2.50,3\n"
    )
    assert desk.ask("SELECT count(*) FROM person") == [(2,)]
    assert desk.ask("SELECT count(DISTINCT person_id), count(DISTINCT value_index) FROM contact_point") == [
        (2, 1)
    ]


def test_zones_come_from_the_area_of_the_phone_where_no_address_says(desk: Desk) -> None:
    desk.load("cuenta,rfc,celular,monto vencido,dias de mora\nC-1,X1,6641234567,1.50,3\n")
    assert desk.ask("SELECT subdivision, zones FROM place JOIN person ON place_id = place.id") == [
        ("", ["America/Tijuana"])
    ]


def test_rows_of_a_shard_lie_in_the_order_of_their_people(desk: Desk) -> None:
    lines = "".join(f"C-{n},X{n % 40},1.50,3\n" for n in range(120))
    desk.load("cuenta,rfc,monto vencido,dias de mora\n" + lines)
    order = desk.ask("SELECT shard, person_id FROM account ORDER BY ctid")
    assert order == sorted(order)


def told_of(desk: Desk) -> int:
    """How many people are known to have been told of as they are."""
    return int(desk.ask("SELECT count(*) FROM person_key WHERE told IS NOT NULL")[0][0])


def test_who_is_told_of_as_before_is_not_written_again_until_something_changes(desk: Desk) -> None:
    head = "cuenta,rfc,nombre,celular,vencido,vencimiento\n"
    desk.load(head + "1,AAA,Ana Pérez,5512345678,100,2026-10-01\n")
    assert told_of(desk) == 1
    desk.ask("UPDATE contact_point SET verified = true RETURNING 1")  # somebody wrote to her and she answered
    assert desk.load(head + "1,AAA,Ana Pérez,5512345678,200,2026-10-01\n").changed == 1
    assert desk.ask("SELECT amount_to_cure FROM account") == [(20000,)]
    desk.load(head + "1,AAA,Ana Pérez Luna,5512345679,200,2026-10-01\n")
    assert desk.names() == ["Ana Pérez Luna"]
    assert set(desk.addresses()) == {"+525512345678", "+525512345679"}
    desk.load(head + "1,AAA,Ana Pérez,5512345678,200,2026-10-01\n")
    assert desk.names() == ["Ana Pérez"]


def test_a_denial_is_read_whoever_is_told_of_as_before(desk: Desk) -> None:
    text = "cuenta,rfc,nombre,vencido,vencimiento,autoriza sms\n1,AAA,Ana Pérez,100,2026-10-01,no\n"
    desk.load(text)
    desk.ask("UPDATE consent SET state = 1 RETURNING 1")
    desk.load(text, as_of=AS_OF + timedelta(days=1))
    assert desk.ask("SELECT state FROM consent") == [(2,)]
    assert desk.ask("SELECT denied_channels FROM person") == [(4,)]


def test_who_was_refused_something_or_is_a_codebtor_is_written_every_time(desk: Desk) -> None:
    desk.load(
        "cuenta,rfc,nombre,celular,vencido,vencimiento,rfc aval,aval\n"
        "1,AAA,Ana Pérez,55,100,2026-10-01,,\n2,BBB,Beto Ruiz,5512345678,100,2026-10-01,CCC,Carla\n"
        "3,CCC,Carla Gil,5512345679,100,2026-10-01,,\n"
    )
    assert desk.ask(
        "SELECT count(*) FROM person_key k JOIN person p USING (identity_index) JOIN account a"
        " ON a.person_id = p.id WHERE k.told IS NOT NULL AND a.number = '2'"
    ) == [(1,)]
    assert told_of(desk) == 1
