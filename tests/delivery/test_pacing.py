"""The pace of a number: even, and never above its rate in any one second, whatever the delays."""

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from api.delivery.pacing import Pacer


@settings(deadline=None)
@given(st.integers(1, 90), st.lists(st.floats(0, 0.4), min_size=1, max_size=300))
def test_no_second_sees_more_posts_than_the_rate(per_second: int, delays: list[float]) -> None:
    pacer, now, window = Pacer(per_second), 0.0, deque[float]()
    for delay in delays:
        now += delay
        now += pacer.wait(now)
        pacer.begin(now)
        window.append(now)
        while window[0] <= now - 1.0 + 1e-9:
            window.popleft()
        assert len(window) <= per_second


def test_a_punctual_lane_reaches_its_rate() -> None:
    pacer, now = Pacer(72), 0.0
    for _ in range(720):
        now += pacer.wait(now)
        pacer.begin(now)
    assert 9.9 < now < 10.1
