"""A breaker per sending number: a burst of failures opens it, one probe at a time tries, a success closes it.

What fails after the body left is unknown for ever, so a provider that is down must cost few messages: a
handful to open, and one for each pause, which doubles up to a minute.
"""

from collections import deque

IN_A_ROW = 5
OF_THE_LAST = 20
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


class Breaker:
    """Closed, open for a while, or half open; ``now`` is the caller's steady second everywhere.

    >>> breaker = Breaker()
    >>> for _ in range(IN_A_ROW):
    ...     breaker.begun()
    ...     _ = breaker.failed(now=0.0)
    >>> breaker.lets_through(0.5), breaker.lets_through(1.0)
    (False, True)
    """

    def __init__(self) -> None:
        self._recent: deque[bool] = deque(maxlen=OF_THE_LAST)
        self._opened = False
        self._probing = False
        self._pause_s = FIRST_PAUSE_S
        self._until = 0.0

    @property
    def is_probing(self) -> bool:
        """Open or half open: at most one message is tried at a time."""
        return self._opened

    def lets_through(self, now: float) -> bool:
        """Whether a post may begin: not while a pause lasts, not beside a probe."""
        return now >= self._until and not (self._opened and self._probing)

    def begun(self) -> None:
        """A post begins; in a half-open breaker it is the probe."""
        self._probing = self._opened

    def withdrawn(self) -> None:
        """A begun post was given back unposted: it was no probe."""
        self._probing = False

    def succeeded(self) -> None:
        """The provider answered as it should, whatever it said about the message."""
        if self._opened and not self._probing:
            return  # an answer to a post of before
        self._recent.append(True)
        if self._opened:
            self._recent.clear()
            self._opened, self._probing, self._pause_s = False, False, FIRST_PAUSE_S

    def failed(self, now: float, at_least_s: float = 0.0) -> float:
        """A post failed, or the provider asked for ``at_least_s`` of peace; the pause that follows, or 0."""
        was_probe = self._opened and self._probing
        if self._opened and not was_probe:
            return self._rest(now, at_least_s)
        self._recent.append(False)
        if was_probe:
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            self._probing = False
            return self._rest(now, max(at_least_s, self._pause_s))
        if self._is_burst():
            self._opened, self._probing = True, False
            return self._rest(now, max(at_least_s, self._pause_s))
        return self._rest(now, at_least_s)

    def rest(self, now: float, pause_s: float) -> None:
        """Let nothing through for a while, whatever the answers."""
        self._rest(now, pause_s)

    def _rest(self, now: float, pause_s: float) -> float:
        if pause_s <= 0 or now + pause_s <= self._until:
            return 0.0
        self._until = now + pause_s
        return pause_s

    def _is_burst(self) -> bool:
        row = list(self._recent)[-IN_A_ROW:]
        in_a_row = len(row) == IN_A_ROW and not any(row)
        return in_a_row or self._recent.count(False) * 2 >= OF_THE_LAST
