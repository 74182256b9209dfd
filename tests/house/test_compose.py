"""docker-compose.yml describes the whole service: every part, its health, and what it waits for."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import Settings
from api.supervisor import children_of

ROOT = Path(__file__).parents[2]
WORKERS = ("worker", "sender", "reactions", "outcomes", "inbox", "scheduler")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    found: dict[str, Any] = document["services"]
    return found


def test_every_part_of_the_service_is_there(services: dict[str, Any]) -> None:
    servers = {"postgres", "valkey", "migrate", "api", "what-if", "builder"}
    assert set(services) == servers | set(WORKERS)


def test_postgresql_is_18_as_the_embedded_one(services: dict[str, Any]) -> None:
    assert services["postgres"]["image"] == "postgres:18"


def test_every_part_has_a_health_check(services: dict[str, Any]) -> None:
    lasting = {name: part for name, part in services.items() if name != "migrate"}
    assert [name for name, part in lasting.items() if not part["healthcheck"].get("test")] == []


def test_nothing_starts_before_the_tables_are_there(services: dict[str, Any]) -> None:
    ours = ("api", *WORKERS)
    waits = {name: services[name]["depends_on"]["migrate"]["condition"] for name in ours}
    assert set(waits.values()) == {"service_completed_successfully"}


def test_containers_run_what_cadencia_up_runs(services: dict[str, Any]) -> None:
    modules = {child.arguments[:3] for child in children_of(Settings()) if "api.worker" in child.arguments}
    assert {tuple(services[name]["command"][1:4]) for name in WORKERS} == modules


def test_every_setting_named_there_exists(services: dict[str, Any]) -> None:
    known = {f"CADENCIA_{name.upper()}" for name in Settings.model_fields} | {"DATABASE_URL", "REDIS_URL"}
    assert set(services["worker"]["environment"]) <= known


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker on this machine")
def test_docker_compose_accepts_it() -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker has no compose plugin on this machine")
    checked = subprocess.run(
        ["docker", "compose", "config", "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
