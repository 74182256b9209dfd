"""A small installation ready to send: people with debts, messages decided and released, sending numbers.

Wednesday 18 November 2026, 10:00 in Mexico City: every window is open.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from channels.templates import ready_templates
from engine.vocabulary import Channel, MessageState, Purpose
from storage.database import Database
from storage.partitions import ensure

TODAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)
CLOSING = datetime(2026, 11, 19, 4, 0, tzinfo=UTC)
WHATSAPP_BIT = 1 << Channel.WHATSAPP
TEMPLATE = "mora_1_30_whatsapp_a"
OTHER_TEMPLATE = "mora_1_30_whatsapp_b"
AMOUNT = 125_000


@dataclass
class StillClock:
    """Business time that stands where the test puts it."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def ahead(self, real_s: float) -> datetime:
        return self.at + timedelta(seconds=real_s)


@dataclass
class World:
    """The database of a test and the words to fill and question it."""

    url: str
    templates: dict[str, int] = field(default_factory=dict)
    portfolio_id: int = 0
    creditor_id: int = 0

    @property
    def database(self) -> Database:
        return Database(self.url)

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url) as connection:
            yield connection

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            return connection.execute(query, values).fetchall()

    def do(self, statement: str, *values: Any) -> None:
        with self.connection() as connection:
            connection.execute(statement, values)

    def found(self) -> "World":
        """A creditor, a portfolio, Mexico City, templates and a currency."""
        with self.connection() as connection:
            ensure(connection, TODAY)
            self.creditor_id = _id(
                connection,
                "INSERT INTO creditor (key, name, country, reporting_currency, holdout_seed)"
                " VALUES ('aurora', 'Financiera Aurora', 'MX', 'MXN', '') RETURNING id",
            )
            settings = {
                "minimum_worth_working": {"MXN": 5_000},
                "payment_link": "https://pagos.example/p",
                "payment_methods": "transferencia o tiendas",
            }
            self.portfolio_id = _id(
                connection,
                "INSERT INTO portfolio (key, name, country, timezone, settings)"
                " VALUES ('tarjetas', 'Tarjetas', 'MX', 'America/Mexico_City', %s) RETURNING id",
                Jsonb(settings),
            )
            connection.execute(
                "INSERT INTO place (country, subdivision, zones) VALUES ('MX', 'CMX', %s)",
                [["America/Mexico_City"]],
            )
            connection.execute("INSERT INTO term (kind, code, word) VALUES ('currency', 1, 'MXN')")
            for key in (TEMPLATE, OTHER_TEMPLATE):
                self.templates[key] = _id(
                    connection,
                    "INSERT INTO template (key, version, channel, language, body, state)"
                    " VALUES (%s, 1, %s, 'es', %s, 'approved') RETURNING id",
                    key, int(Channel.WHATSAPP), Jsonb(ready_templates()[key].model_dump(mode="json")),
                )  # fmt: skip
        return self

    def lanes(self, count: int = 1, per_second: int = 72) -> "World":
        """Sending numbers ``1..count``."""
        return self.lanes_besides(1, count, per_second)

    def lanes_besides(self, first: int, last: int, per_second: int = 72) -> "World":
        """Sending numbers ``first..last``."""
        with self.connection() as connection:
            connection.cursor().executemany(
                "INSERT INTO sender (lane, channel, portfolio_id, address, per_second)"
                " VALUES (%s, %s, %s, %s, %s)",
                [(n, int(Channel.WHATSAPP), self.portfolio_id, f"10{n:03}", per_second)
                 for n in range(first, last + 1)],
            )  # fmt: skip
        return self

    def debtors(self, count: int, lanes: int = 1) -> list[uuid.UUID]:
        """So many persons, each with one debt and one message about it; the ids of the messages."""
        ids = [uuid.uuid4() for _ in range(count)]
        with self.connection() as connection:
            first = _id(connection, "SELECT coalesce(max(id), 0) + 1 FROM person")
            numbers = range(first, first + count)
            _copy(connection, "person (id, identity_index, shard, name, place_id, language,"
                  " reachable_channels, verified_channels, consented_channels)",
                  [(n, n.to_bytes(8, "big"), n % 256, f"Persona {n}", 1, "es", WHATSAPP_BIT, WHATSAPP_BIT,
                    WHATSAPP_BIT) for n in numbers])  # fmt: skip
            _copy(connection, "contact_point (person_id, kind, value, value_index, channels, verified,"
                  " status)",
                  [(n, "phone", f"+5255{n:08}", n.to_bytes(8, "big"), WHATSAPP_BIT, True, "active")
                   for n in numbers])  # fmt: skip
            _copy(connection, "account (id, portfolio_id, creditor_id, person_id, shard, number, currency,"
                  " account_status, due_on, amount_to_cure, outstanding_balance)",
                  [(n, self.portfolio_id, self.creditor_id, n, n % 256, f"4000{n:012}", 1, 2,
                    TODAY - timedelta(days=12), AMOUNT, 2 * AMOUNT) for n in numbers])  # fmt: skip
            _copy(connection, "message (id, local_on, portfolio_id, creditor_id, person_id, shard, channel,"
                  " purpose, template_id, country, lane, send_at, expires_at, state, released, reason)",
                  [(i, TODAY, self.portfolio_id, self.creditor_id, n, n % 256, int(Channel.WHATSAPP),
                    int(Purpose.COLLECTION), self.templates[TEMPLATE], "MX", 1 + n % lanes,
                    NOON - timedelta(hours=2), CLOSING, int(MessageState.QUEUED), True, "")
                   for i, n in zip(ids, numbers, strict=True)])  # fmt: skip
            _copy(
                connection,
                "message_item (cause_kind, cause_id, node, visit, addressee_id, leg, message_id,"
                " local_on, account_id, amount)",
                [(1, n, 2, 1, n, 0, i, TODAY, n, AMOUNT) for i, n in zip(ids, numbers, strict=True)],
            )
            _copy(connection, "slot (person_id, local_on, message_id)",
                  [(n, TODAY, i) for i, n in zip(ids, numbers, strict=True)])  # fmt: skip
            connection.execute("SELECT setval(pg_get_serial_sequence('person', 'id'), %s)", [first + count])
            connection.execute("SELECT setval(pg_get_serial_sequence('account', 'id'), %s)", [first + count])
        return ids

    def second_debt(self, message_id: uuid.UUID, amount: int = 80_000) -> int:
        """One more debt of the same person, covered by a message; the account's id."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT person_id, shard FROM message WHERE id = %s", [message_id]
            ).fetchone()
            assert row is not None
            account = _id(
                connection,
                "INSERT INTO account (portfolio_id, creditor_id, person_id, shard, number, currency,"
                " account_status, due_on, amount_to_cure, outstanding_balance)"
                " VALUES (%s, %s, %s, %s, %s, 1, 2, %s, %s, %s) RETURNING id",
                self.portfolio_id, self.creditor_id, row[0], row[1], f"5000{uuid.uuid4().int % 10**12:012}",
                TODAY - timedelta(days=20), amount, amount,
            )  # fmt: skip
            connection.execute(
                "INSERT INTO message_item (cause_kind, cause_id, node, visit, addressee_id, leg, message_id,"
                " local_on, account_id, amount, covered) VALUES (1, %s, 2, 1, %s, 0, %s, %s, %s, %s, true)",
                [1_000_000 + account, row[0], message_id, TODAY, account, amount],
            )
        return account

    def state(self, message_id: uuid.UUID) -> tuple[MessageState, str]:
        """State and reason of a message."""
        ((state, reason),) = self.rows("SELECT state, reason FROM message WHERE id = %s", message_id)
        return MessageState(state), reason

    def states(self) -> dict[MessageState, int]:
        """How many messages stand in each state."""
        rows = self.rows("SELECT state, count(*) FROM message GROUP BY state")
        return {MessageState(state): count for state, count in rows}


def _id(connection: psycopg.Connection, query: str, *values: Any) -> int:
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])


def _copy(connection: psycopg.Connection, target: str, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
