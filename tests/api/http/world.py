"""The API of a fresh database, asked by people of every role."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from api.access.roles import roles
from api.access.sessions import Session
from api.http.app import create_app
from api.http.service import Service
from api.settings import Settings
from api.what_if.resident import Resident
from storage import access
from storage.database import Database

SILENCE = "redis://127.0.0.1:1/0"


class Asker:
    """Someone with a token; paths begin behind ``/v1``."""

    def __init__(self, client: TestClient, token: str) -> None:
        self._client, self.token = client, token

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        answer: httpx.Response = self._client.request(method, f"/v1{path}", headers=headers, **options)
        return answer

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.ask("POST", path, json=json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.ask("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.ask("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("DELETE", path, **options)


class ApiWorld:
    """An application over one database; users are made as they are first needed."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self.database = Database(database_url)
        self.settings = Settings(database_url=database_url, redis_url=SILENCE, data_dir=data_dir)
        self.app = create_app(self.settings)
        self.client = TestClient(self.app, raise_server_exceptions=False)
        resident = Resident(self.database, self.app.state.service.clock)
        self.service: Service = replace(self.app.state.service, what_if=resident)
        self.app.state.service = self.service
        self._tokens: dict[str, str] = {}

    def as_(self, role: str, *, portfolio_id: int = 0, login: str = "") -> Asker:
        """A user of one role (in every portfolio, unless one is named); ``login`` tells two of them apart."""
        login = login or f"{role}-{portfolio_id}"
        if login not in self._tokens:
            with self.database.connection() as connection:
                user_id = access.add_user(connection, login, login.title(), None, "es")
                if role:
                    assert role in roles()
                    access.set_grants(connection, user_id, [(portfolio_id, role)])
            self._tokens[login] = self.service.sessions.give(Session(user_id, 0))
        return Asker(self.client, self._tokens[login])

    def by_key(self, text: str) -> Asker:
        """A machine with its key."""
        return Asker(self.client, text)

    def nobody(self) -> Asker:
        """Someone without any token."""
        return Asker(self.client, "")

    def ledger(self, kind: str) -> list[dict[str, Any]]:
        """The bodies of the ledger's lines of a kind, oldest first."""
        with self.database.connection() as connection:
            rows = connection.execute("SELECT body FROM ledger WHERE kind = %s ORDER BY id", [kind])
            return [body for (body,) in rows.fetchall()]
