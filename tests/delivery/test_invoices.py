"""A company reads its open invoices one by one: folio, due date, balance."""

from datetime import date

from api.usecases.templates.save_templates import save_templates
from channels.templates import ready_templates
from tests.delivery.test_guard import guard, lease
from tests.delivery.world import World

OPEN = [("A-1042", date(2026, 10, 30), 700_00), ("A-1051", date(2026, 11, 6), 550_00)]


def test_a_message_about_invoices_lists_the_open_ones_the_oldest_first(world: World) -> None:
    world.debtors(1)
    save_templates(world.database, ready_templates().values())
    for number, due_on, balance in [*reversed(OPEN), ("A-0900", date(2026, 9, 1), 0)]:
        world.do(
            "INSERT INTO invoice (account_id, number, due_on, amount, balance)"
            f" SELECT id, '{number}', '{due_on}', 90000, {balance} FROM account"
        )
    world.do("UPDATE account SET invoice_count = 2")
    world.do("UPDATE message SET template_id = (SELECT id FROM template WHERE key = 'facturas_whatsapp')")
    (cleared,) = guard(world, lease(world)).cleared
    assert "factura A-1042, vence 30/10/2026: $700; factura A-1051, vence 06/11/2026: $550" in (
        cleared.outgoing.text
    )
    assert "A-0900" not in cleared.outgoing.text
    (item,) = cleared.items
    assert item.invoice == "A-1042"
