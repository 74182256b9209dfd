"""What the tests of the screens begin with: the real API over a fresh database, on a port of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from api.clock import BusinessClock
from api.http.app import create_app
from api.settings import Settings
from api.usecases.save_portfolio import PortfolioOrder, save_portfolio
from api.usecases.save_user import RoleIn, add_user
from storage.database import Database

PASSWORD = "una frase larga y propia"
SILENCE = "redis://127.0.0.1:1/0"


@dataclass
class World:
    """A running service, with one portfolio and a person of each role that is asked for."""

    url: str
    database: Database

    def person(self, login: str, *roles: str) -> str:
        """A user with roles in every portfolio; their login."""
        clock = BusinessClock(self.database)
        given = [RoleIn(role) for role in roles]
        add_user(
            self.database, clock, login=login, name=login.title(), password=PASSWORD, roles=given, by="test"
        )
        return login


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The API with the portfolio ``tarjetas``."""
    database = Database(database_url)
    save_portfolio(database, PortfolioOrder("tarjetas", "CO", "COP", "America/Bogota", "Banco"))
    settings = Settings(database_url=database_url, redis_url=SILENCE, data_dir=tmp_path)
    with serving(settings) as url:
        yield World(url, database)


class serving:  # noqa: N801 - read as a word: `with serving(settings) as url`
    """Runs the API in a thread until the block is left."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> str:
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < until, "the API did not start"
            time.sleep(0.02)
        return self._url

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
