"""Publishing refuses what is wrong, names all of it, and changes nothing when nothing changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.usecases.strategies.publish_strategy import NotPublishable, publish_strategy
from api.usecases.templates.save_templates import save_templates
from channels.templates import ready_templates
from engine.errors import StrategyError
from storage.database import Database
from tests.engine.strategy.drawing import document, end, message
from tests.factories.book import BookFactory

FOLDER = Path(__file__).parents[3] / "examples" / "strategies"
PATH = "in -> hola -> fin; hola:blocked -> fin"


@pytest.fixture
def database(database_url: str) -> Database:
    database = Database(database_url)
    BookFactory(database)
    save_templates(database, ready_templates().values())
    return database


def publish(database: Database, body: dict[str, Any] | bytes, by: str = "ana") -> Any:
    text = body if isinstance(body, bytes) else json.dumps(body)
    return publish_strategy(database, "prueba", text, by=by, approved_by="beto")


def greeting(**parts: Any) -> dict[str, Any]:
    return document(PATH, hola=message(template="mora_1_30_whatsapp_a"), fin=end(), **parts)


def test_the_ready_strategies_are_published_together(database: Database) -> None:
    for file in sorted(FOLDER.glob("*.json")):
        assert publish(database, file.read_bytes()).fresh
        assert not publish(database, file.read_bytes()).fresh


def test_an_error_finding_blocks(database: Database) -> None:
    with pytest.raises(NotPublishable) as refused:
        publish(database, document(PATH, hola=message(template="no_existe"), fin=end()))
    assert (refused.value.code, refused.value.place) == ("template.missing", "hola")


def test_every_finding_is_carried(database: Database) -> None:
    broken = document("in -> hola -> luna", hola=message(template="no_existe"), fin=end())
    with pytest.raises(NotPublishable, match="more") as refused:
        publish(database, broken)
    assert {"edge.nowhere", "node.port", "template.missing"} <= {f.code for f in refused.value.findings}


def test_warnings_are_handed_to_whoever_publishes(database: Database) -> None:
    assert [finding.code for finding in publish(database, greeting()).warnings] == ["escalation.missing"]


def test_a_red_example_blocks(database: Database) -> None:
    told = {"name": "nadie", "steps": [{"day": 0, "facts": {"days_past_due": 3}, "expect_nothing": True}]}
    with pytest.raises(NotPublishable, match="nadie") as refused:
        publish(database, greeting(examples=[told]))
    assert refused.value.code == "example.red"


def test_nothing_is_written_by_a_refused_publication(database: Database) -> None:
    with pytest.raises(NotPublishable):
        publish(database, document("in -> luna", fin=end()))
    with database.connection() as connection:
        assert connection.execute("SELECT count(*) FROM strategy").fetchone() == (0,)


def test_nobody_approves_their_own_strategy(database: Database) -> None:
    with pytest.raises(StrategyError, match="second person"):
        publish(database, greeting(), by="beto")
