"""Errors as JSON `{code, message, request_id}`, with nothing about the inside of the server."""

import logging
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from slu.audio.container import sniff_container
from slu.errors import AudioError, RegistryError

_LOGGER = logging.getLogger(__name__)

_CODES: Final = {
    400: "bad_request",
    401: "unauthorised",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unknown_format",
    422: "unusable_recording",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
_DESCRIPTIONS: Final = {
    400: "The body is no form or no JSON, or has too many parts.",
    401: "The API key is missing or wrong.",
    413: "The body is larger than this server reads.",
    415: "The content is no sound file of a known format.",
    422: "A field is missing or wrong (code `invalid_request`), or the recording is empty, damaged "
    "or too long (code `unusable_recording`).",
    429: "Too many requests; `Retry-After` tells how many seconds to wait.",
    503: "No model can be used, or a correction cannot be saved.",
}
_MESSAGES: Final = {
    404: "There is nothing at this address; /docs lists what there is.",
    405: "This address does not take this method; /docs lists what it takes.",
}
_PLAIN_WORDS: Final = {
    "missing": "this field is missing",
    "value_error": "send a file, not text",  # what FastAPI finds wrong with an upload
    "json_invalid": "from this character on it is no JSON",
}
_EXAMPLE_REQUEST_ID: Final = "9f1c4e0b7d5a4c1e8a2b6d3f0e9c8b7a"
_NO_MODEL: Final = "No model can be used now; the server's log says why. Promote one and try again."


class ErrorBody(BaseModel):
    """Why a request was not carried out."""

    code: str = Field(description="For programs.")
    message: str = Field(description="For people: what is wrong, and what to do.")
    request_id: str = Field(description="Names this request in the server's log.")


def error_body(error: HTTPException, request_id: str) -> ErrorBody:
    """The body that tells an error."""
    return ErrorBody(
        code=_CODES.get(error.status_code, "refused"),
        message=_MESSAGES.get(error.status_code, error.detail),
        request_id=request_id,
    )


def internal_error(request: Request) -> JSONResponse:
    """The answer to a request that met a mistake in this program."""
    message = "Something went wrong here; tell whoever runs this server the request id."
    return _refusal(request, HTTPException(500, message))


def refused_recording(recording: bytes, error: AudioError) -> HTTPException:
    """An unusable recording in terms of HTTP: 415 where its format is unknown, else 422."""
    unknown = bool(recording) and sniff_container(recording) is None
    return HTTPException(415 if unknown else 422, str(error))


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of the errors of an operation."""
    return {status: _documentation(status) for status in statuses}


def add_error_handlers(app: FastAPI) -> None:
    """Answer everything that is raised on purpose; `RequestLog` answers the rest."""
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(RequestValidationError)(_on_invalid_request)
    app.exception_handler(RegistryError)(_on_registry_error)


async def _on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    return _refusal(request, error)


async def _on_invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
    problems = [
        f"{_place(problem['loc'])}: {_PLAIN_WORDS.get(problem['type'], problem['msg'])}"
        for problem in error.errors()
    ]
    body = ErrorBody(
        code="invalid_request",
        message="; ".join(problems),
        request_id=request.state.request_id,
    )
    return JSONResponse(body.model_dump(), 422)


async def _on_registry_error(request: Request, error: RegistryError) -> JSONResponse:
    _LOGGER.error("no model can be used: %s", error)
    return _refusal(request, HTTPException(503, _NO_MODEL))


def _refusal(request: Request, error: HTTPException) -> JSONResponse:
    body = error_body(error, request.state.request_id)
    return JSONResponse(body.model_dump(), error.status_code, error.headers)


def _documentation(status: int) -> dict[str, Any]:
    example = ErrorBody(
        code=_CODES[status], message=_DESCRIPTIONS[status], request_id=_EXAMPLE_REQUEST_ID
    )
    return {
        "model": ErrorBody,
        "description": _DESCRIPTIONS[status],
        "content": {"application/json": {"example": example.model_dump()}},
    }


def _place(location: tuple[str | int, ...]) -> str:
    """`labels.product`; where it came in (`body`) is left out."""
    return ".".join(str(part) for part in location[1:]) or "body"
