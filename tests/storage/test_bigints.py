"""Many ids as one parameter: what PostgreSQL reads is what NumPy held."""

import numpy as np
import psycopg
import pytest

from storage.bigints import Bigints


@pytest.mark.parametrize("ids", [[], [7], [3, -1, 2**62, 3]], ids=["none", "one", "many"])
def test_ids_arrive_as_they_were(empty_database_url: str, ids: list[int]) -> None:
    with psycopg.connect(empty_database_url) as connection:
        row = connection.execute(
            "SELECT %(ids)s::bigint[], 7 = ANY(%(ids)s)", {"ids": Bigints(np.array(ids, np.int64))}
        ).fetchone()
    assert row == (ids, 7 in ids)
