"""What people do during the week."""

from collections.abc import Iterator
from datetime import date

from api.demo.cast import Cast
from api.demo.stage import Stage


def happen(stage: Stage, cast: Cast, day: date, part_of_day: str) -> Iterator[str]:
    yield from ()
