"""Every timeline begins with an empty installation and a business clock that stands still."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.timeline import Timeline

Begin = Callable[..., Timeline]


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    """A portfolio in Mexico; day 0 is Monday 23 November 2026, and no holiday comes near."""
    return Timeline(database_url, tmp_path)


@pytest.fixture
def timeline_in(database_url: str, tmp_path: Path) -> Begin:
    """A portfolio in a country of choice, with a first day of choice."""

    def begin(country: str, start: str = "2026-11-10", **options: Any) -> Timeline:
        return Timeline(database_url, tmp_path, country=country, start=start, **options)

    return begin
