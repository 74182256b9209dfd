"""Capacities shared out over a day: nothing is lost between the parts, nothing is used twice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.rooms import Rooms

KEY = ("mora", 3, "tasks")
limits = st.integers(0, 10_000)
reserves = st.floats(0, 1)
cuts = st.lists(st.integers(1, 999), max_size=8, unique=True).map(lambda found: [0, *sorted(found), 1000])


@given(limits, reserves, cuts)
def test_the_shards_and_the_reserve_together_are_exactly_the_capacity(
    limit: int, reserve: float, places: list[int]
) -> None:
    parts = [Rooms(start / 1000, end / 1000, reserve) for start, end in pairwise(places)]
    kept_back = Rooms(reserve=reserve, used={}).of(limit, KEY)
    assert sum(part.of(limit, KEY) for part in parts) + kept_back == limit


@given(limits, reserves, st.integers(0, 20_000))
def test_what_was_drawn_is_gone_for_the_next(limit: int, reserve: float, drawn: int) -> None:
    whole = Rooms(reserve=reserve, used={}).of(limit, KEY)
    assert Rooms(reserve=reserve, used={KEY: drawn}).of(limit, KEY) == max(whole - drawn, 0)
    assert Rooms(reserve=reserve, used={("otra", 3, "tasks"): drawn}).of(limit, KEY) == whole
