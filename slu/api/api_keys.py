"""Keys that programs identify themselves with."""

from collections.abc import Sequence
from secrets import compare_digest

from pydantic import SecretStr


class ApiKeys:
    """The keys that are accepted; without any, everybody is.

    Args:
        keys: as `SLU_API_KEYS` lists them.
    """

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self._keys = [key.get_secret_value().encode() for key in keys]

    def admit(self, given: str | None) -> bool:
        """Whether this key opens the door; takes as long for any wrong key.

        Args:
            given: a header's value, whose characters stand for bytes.
        """
        if not self._keys:
            return True
        offered = (given or "").encode("latin-1")
        # A list, not a generator: `any` would stop at the first match and tell which it was.
        return any([compare_digest(key, offered) for key in self._keys])  # noqa: C419
