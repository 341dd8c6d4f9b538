"""How often one client may ask."""

import time
from collections import OrderedDict
from collections.abc import Callable

_WINDOW_S = 60.0
_MAX_CLIENTS = 10_000


class RateLimiter:
    """So many requests a minute for each client, all at once or spread.

    The generic cell rate algorithm (ITU-T I.371, annex A): for each client one time is kept, at
    which what it asked for would be done at an even pace. Each process counts for itself; to be
    used by one thread.

    Args:
        per_minute: requests; none for no limit.
        clock: seconds that only go forward.
    """

    def __init__(self, per_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._done_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, client: str, n_requests: int = 1) -> float:
        """Take requests from a client's allowance.

        Args:
            client: whose.
            n_requests: how many; more than the whole allowance count as all of it.

        Returns:
            0, or the seconds after which this is allowed; nothing is taken then.
        """
        if self._per_minute is None:
            return 0.0
        now = self._clock()
        cost_s = _WINDOW_S * min(n_requests / self._per_minute, 1.0)
        done_at = max(self._done_at.get(client, now), now) + cost_s
        if done_at > now + _WINDOW_S:
            return done_at - now - _WINDOW_S
        self._remember(client, done_at)
        return 0.0

    def _remember(self, client: str, done_at: float) -> None:
        self._done_at[client] = done_at
        self._done_at.move_to_end(client)
        if len(self._done_at) > _MAX_CLIENTS:
            self._done_at.popitem(last=False)
