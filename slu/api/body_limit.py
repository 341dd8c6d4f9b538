"""A cap on the size of request bodies."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Counts a body while it is read and ends the request where it grows too large.

    Starlette's own limit answers a too large `Content-Length` in plain text; this one raises
    where the body is read, so that the error is told like all others.

    Args:
        app: what is protected.
        max_bytes: of one request, with everything around its files.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its body counted."""
        n_bytes = 0

        async def counted() -> Message:
            nonlocal n_bytes
            self._check(_declared_bytes(scope))
            message = await receive()
            n_bytes += len(message.get("body", b""))
            self._check(n_bytes)
            return message

        await self.app(scope, counted if scope["type"] == "http" else receive, send)

    def _check(self, n_bytes: int) -> None:
        if n_bytes > self.max_bytes:
            raise HTTPException(
                413,
                f"The request is larger than {self.max_bytes / 1e6:g} MB; shorten the recording, "
                "or save it as mp3 or ogg.",
            )


def _declared_bytes(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "")
    return int(declared) if declared.isdecimal() else 0
