"""What routes are given, and what must be true before they run."""

import math
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, File, Request, Security, UploadFile
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from slu.api.api_keys import ApiKeys
from slu.api.desk import PredictionDesk
from slu.api.metrics import Metrics
from slu.api.page import Page
from slu.api.rate_limit import RateLimiter
from slu.service import PredictionService


@dataclass(frozen=True)
class Parts:
    """What one application is made of; kept as `app.state.parts`."""

    service: PredictionService
    desk: PredictionDesk
    metrics: Metrics
    rate_limiter: RateLimiter
    api_keys: ApiKeys
    page: Page
    docs: Page


async def get_parts(request: Request) -> Parts:
    """The parts of the application that got the request."""
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]
Recordings = Annotated[
    list[UploadFile], File(description="Sound files: wav, mp3, flac, ogg, webm or m4a.")
]

_key_header = APIKeyHeader(
    name="X-API-Key", auto_error=False, description="Needed where `SLU_API_KEYS` lists keys."
)
_bearer = HTTPBearer(auto_error=False, description="The same keys, as Prometheus sends them.")


async def require_key(
    parts: PartsDep,
    key: Annotated[str | None, Security(_key_header)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> None:
    """Refuse whoever has no key, where keys are asked for."""
    if not parts.api_keys.admit(bearer.credentials if bearer else key):
        raise HTTPException(
            401, "Send a valid API key in the header X-API-Key.", {"WWW-Authenticate": "Bearer"}
        )


async def charge_request(request: Request, parts: PartsDep) -> None:
    """Refuse a client that asks too often."""
    _charge(request, parts.rate_limiter, 1)


async def charge_recordings(request: Request, parts: PartsDep, files: Recordings) -> None:
    """Refuse a client that asks too much at once; each recording counts."""
    _charge(request, parts.rate_limiter, len(files))


def _charge(request: Request, rate_limiter: RateLimiter, n_requests: int) -> None:
    client = request.client.host if request.client else "local"
    wait_s = math.ceil(rate_limiter.wait_s(client, n_requests))
    if wait_s:
        raise HTTPException(
            429, f"Too many requests; wait {wait_s} s.", {"Retry-After": str(wait_s)}
        )
