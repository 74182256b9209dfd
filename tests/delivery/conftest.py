"""The world each delivery test begins with."""

import pytest

from tests.delivery.world import World


@pytest.fixture
def world(database_url: str) -> World:
    """One portfolio, one sending number, nobody in it yet."""
    return World(database_url).found().lanes()
