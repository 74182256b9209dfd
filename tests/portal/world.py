"""The portal of a fresh database, walked by browsers that keep their cookies."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.http.app import create_app
from api.index_key import index_key
from api.portal_links import open_portal_links
from api.settings import Settings
from api.usecases.people.give_portal_link import give_portal_link
from storage.database import Database
from storage.vault import BlindIndex, identity_of
from tests.factories.book import BookFactory

SILENCE = "redis://127.0.0.1:1/0"
RFC = "PEPA800101AB1"
TODAY = date(2026, 11, 12)
NOON = datetime(2026, 11, 12, 12, tzinfo=ZoneInfo("America/Mexico_City"))
SETTINGS: dict[str, object] = {
    "contact_phone": "800 123 4567",
    "contact_address": "Av. Reforma 1, Ciudad de México",
    "payment_methods": "transferencia, tarjeta o tiendas",
    "legal_text": "Banco de Prueba, S. A. Aviso de privacidad en bancoprueba.example.",
}
PDF = b"%PDF-1.7\n%a receipt\n"


@dataclass
class Browser:
    """Someone at the portal; forms carry what the page that showed them carried."""

    client: TestClient
    shown: httpx.Response | None = None
    fields: dict[str, str] = field(default_factory=dict)

    def open(self, address: str) -> httpx.Response:
        """Open a page, following where it leads."""
        return self._seen(self.client.get(_path(address)))

    def send(self, address: str = "", files: Any = None, **fields: Any) -> httpx.Response:
        """Send the form of the page shown, to its own address unless another is given."""
        assert self.shown is not None
        path = _path(address) if address else str(self.shown.url.path)
        return self._seen(self.client.post(path, data={**self.fields, **fields}, files=files))

    def say(self, answer: str) -> httpx.Response:
        """Answer the question of the door."""
        return self.send(respuesta=answer)

    @property
    def page(self) -> str:
        """The text of the page shown."""
        assert self.shown is not None
        return self.shown.text

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        self.shown = answer
        hidden = re.findall(r'name="(llave|vez)" value="([0-9a-f]+)"', answer.text)
        if hidden:
            self.fields = dict(hidden)
        return answer


class PortalWorld:
    """A creditor, a portfolio, Ana who owes, and the real application over them."""

    def __init__(self, database_url: str, data_dir: Path, **settings: object) -> None:
        """``settings`` are the portfolio's; ``mercadopago_url`` and ``public_url`` the installation's."""
        self.database = Database(database_url)
        mercado_pago = str(settings.pop("mercadopago_url", ""))
        self.settings = Settings(
            database_url=database_url,
            redis_url=SILENCE,
            data_dir=data_dir,
            public_url=str(settings.pop("public_url", "")),
            mercadopago_url=mercado_pago,
            mercadopago_token=SecretStr("TEST-token" if mercado_pago else ""),
        )
        self.app = create_app(self.settings)
        self.clock = self.app.state.portal.clock
        self.clock.set(NOON)
        self.book = BookFactory(self.database, as_of=TODAY, settings=SETTINGS | settings)
        self.index = BlindIndex(index_key(self.settings))
        self.links = open_portal_links(self.settings)
        self.ana = self.person("Ana Pérez", RFC)
        self.card = self.debt(self.ana, owes=1_250_50, days_past_due=12, number="4152-0000-4821")

    def person(self, name: str, document: str, **columns: Any) -> int:
        """Someone known by their RFC."""
        identity = self.index.of(identity_of("RFC", document))
        person = self.book.person(
            name, email=f"{document.lower()}@correo.example", identity_index=identity, **columns
        )
        self.do("UPDATE consent SET at = %s", NOON - timedelta(days=90))
        return person

    def debt(self, person_id: int, **account: Any) -> int:
        """One account."""
        return self.book.account(person_id, **account)

    def link(self, person_id: int | None = None, at: datetime = NOON) -> str:
        """A link as a message would carry it."""
        return self.links.address(person_id or self.ana, self.book.creditor_id, at)

    def browser(self) -> Browser:
        """A browser without cookies."""
        return Browser(TestClient(self.app, raise_server_exceptions=False))

    def inside(self, person_id: int | None = None, document: str = RFC) -> Browser:
        """A browser whose person answered right."""
        browser = self.browser()
        browser.open(self.link(person_id))
        assert browser.say(document).status_code == 200, browser.page
        return browser

    def later(self, **by: float) -> None:
        """Let business time pass."""
        self.clock.set(self.clock.now() + timedelta(**by))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.database.connection() as connection:
            return connection.execute(query, values).fetchall()

    def do(self, statement: str, *values: object) -> None:
        with self.database.connection() as connection:
            connection.execute(statement, values)

    def counts(self) -> dict[str, tuple[int, int]]:
        """Rows of every table, and how often any was written: what a GET may not change."""
        tables = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {}
        for (table,) in tables:
            rows = self.rows(f"SELECT count(*), coalesce(max(xmin::text::bigint), 0) FROM {table}")
            found[table] = (rows[0][0], rows[0][1])
        return found

    def replaced_link(self) -> str:
        """The link an operator gives out anew."""
        given = give_portal_link(
            self.database, self.clock, self.links, "prueba", "4152-0000-4821", by="eva", replace=True
        )
        return given.address


def _path(address: str) -> str:
    return re.sub(r"^https?://[^/]+", "", address)
