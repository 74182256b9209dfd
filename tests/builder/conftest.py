"""What the tests of the screens begin with: the real API over a fresh database, on a port of its own."""

import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from api.access.sessions import Session as SignedIn
from api.clock import BusinessClock
from api.http.app import create_app
from api.http.service import Service
from api.settings import Settings
from api.usecases.access.save_user import RoleIn, add_user
from api.usecases.book.save_portfolio import PortfolioOrder, save_portfolio
from builder.client import open_client
from builder.session import Session, opened
from storage.access import expect_user
from storage.database import Database
from storage.embedded import ServiceUrls
from tests.builder.serving import PASSWORD, SILENCE, serving
from tests.builder.working import Desk, working

_numbers = itertools.count(1)


@dataclass
class World:
    """A running service, with one portfolio and a person of each role that is asked for."""

    url: str
    database: Database
    service: Service

    def person(self, name: str, *roles: str) -> str:
        """A user with roles in every portfolio; their login."""
        login = f"{name}-{next(_numbers)}"
        clock = BusinessClock(self.database)
        given = [RoleIn(role) for role in roles]
        add_user(
            self.database, clock, login=login, name=login.title(), password=PASSWORD, roles=given, by="test"
        )
        return login

    def session(self, login: str) -> Session:
        """Somebody signed in, without counting against the sign-ins a minute."""
        with self.database.connection() as connection:
            user = expect_user(connection, login)
        token = self.service.sessions.give(SignedIn(user.id, user.generation))
        return opened(self.url, token, open_client(self.url, token).get("/v1/sessions/me"))


@pytest.fixture(scope="session")
def world(
    services: ServiceUrls, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The API with the portfolio ``tarjetas``, one for all tests of the screens: each has its own people."""
    name = f"screens_{os.getpid()}"
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
        url = services.database_url.replace("/cadencia?", f"/{name}?")
        database = Database(url)
        save_portfolio(database, PortfolioOrder("tarjetas", "CO", "COP", "America/Bogota", "Banco"))
        folder = tmp_path_factory.mktemp("screens")
        settings = Settings(database_url=url, redis_url=SILENCE, data_dir=folder)
        app = create_app(settings)
        with serving(app) as address:
            yield World(address, database, app.state.service)
        database.close()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def own_main_module() -> Iterator[None]:
    """A page under AppTest becomes ``__main__``: given back, or processes started later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A conversation that waits, and three calls to make."""
    with working(database_url, tmp_path) as made:
        yield made
