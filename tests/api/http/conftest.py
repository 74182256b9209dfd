"""What each test of the API begins with."""

from pathlib import Path

import pytest

from tests.api.http.world import ApiWorld


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> ApiWorld:
    """The API over an empty, migrated database."""
    return ApiWorld(database_url, tmp_path)
