"""What each test of the portal begins with."""

from pathlib import Path

import pytest

from tests.portal.world import PortalWorld


@pytest.fixture
def portal(database_url: str, tmp_path: Path) -> PortalWorld:
    """Ana, who owes on one card, and the application."""
    return PortalWorld(database_url, tmp_path)
