"""/health and /metrics tell the truth about the database and the queue."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import Settings

NOBODY = "postgresql://nobody@127.0.0.1:1/none"
SILENCE = "redis://127.0.0.1:1/0"


def client(database_url: str, redis_url: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=database_url, redis_url=redis_url))) as http:
        yield http


@pytest.mark.parametrize(
    ("database", "queue", "code", "status"),
    [(True, True, 200, "ok"), (True, False, 200, "degraded"), (False, True, 503, "down")],
)
def test_health(
    empty_database_url: str, redis_url: str, database: bool, queue: bool, code: int, status: str
) -> None:
    for http in client(empty_database_url if database else NOBODY, redis_url if queue else SILENCE):
        answer = http.get("/health")
        assert answer.status_code == code
        assert answer.json() == {"status": status, "database": database, "queue": queue}


def test_metrics_count_requests_by_route_and_show_which_server_answers(empty_database_url: str) -> None:
    for http in client(empty_database_url, SILENCE):
        http.get("/health")
        http.get("/accounts/5512345678")
        told = http.get("/metrics").text
        assert 'cadencia_http_requests_total{route="/health",status="200"} 1.0' in told
        assert 'cadencia_service_reachable{service="database"} 1.0' in told
        assert 'cadencia_service_reachable{service="queue"} 0.0' in told
        assert "5512345678" not in told
