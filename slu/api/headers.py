"""Headers that tell browsers what this server's answers may do."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"
_FOR_ALL = {
    "Cache-Control": "no-store",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class SecurityHeaders:
    """Adds the headers to every answer.

    Args:
        app: what answers.
        policies: path -> content security policy; elsewhere nothing may be loaded or run.
    """

    def __init__(self, app: ASGIApp, policies: Mapping[str, str]) -> None:
        self.app = app
        self.policies = policies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with headers added to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_FOR_ALL)
                headers["Content-Security-Policy"] = self.policies.get(
                    scope["path"], _NOTHING_ALLOWED
                )
            await send(message)

        await self.app(scope, receive, send_with_headers)
