"""Errors as JSON `{code, message, request_id}`, with nothing about the inside of the server."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from slu.audio.container import sniff_container
from slu.errors import AudioError, DataError, RegistryError

_LOGGER = logging.getLogger(__name__)

_CODES = {
    400: "bad_request",
    401: "unauthorised",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "not_a_recording",
    422: "unusable",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
_DESCRIPTIONS = {
    400: "The body is no form, or has too many parts.",
    401: "The API key is missing or wrong.",
    413: "The request is larger than this server reads.",
    415: "The content is no sound file of a known format.",
    422: "A field is missing or wrong, or the recording cannot be used.",
    429: "Too many requests; `Retry-After` tells the seconds to wait.",
    503: "No model can be used, or nothing can be saved at the moment.",
}
_MESSAGES = {
    404: "There is nothing at this address; /docs lists what there is.",
    405: "This address does not take this method; /docs lists what there is.",
}


class ErrorBody(BaseModel):
    """Why a request was not carried out."""

    code: str = Field(description="For programs.", examples=["not_a_recording"])
    message: str = Field(
        description="For people: what is wrong and what to do.",
        examples=[
            "This is not a sound file that can be read; use wav, mp3, flac, ogg, webm or m4a."
        ],
    )
    request_id: str = Field(
        description="Names this request in the server's log.",
        examples=["9f1c4e0b7d5a4c1e8a2b6d3f0e9c8b7a"],
    )


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How the OpenAPI document describes these errors of an operation."""
    return {s: {"model": ErrorBody, "description": _DESCRIPTIONS[s]} for s in statuses}


def error_body(status: int, message: str, request_id: str) -> ErrorBody:
    """The body of an error."""
    return ErrorBody(
        code=_CODES.get(status, "refused"), message=message, request_id=request_id
    )


def error_response(
    request: Request, status: int, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """An error as a response."""
    body = error_body(status, message, request.state.request_id)
    return JSONResponse(body.model_dump(), status, headers)


def audio_error_status(recording: bytes) -> int:
    """Status for a recording that cannot be used: 415 where its format is unknown, else 422."""
    return 415 if recording and sniff_container(recording) is None else 422


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error that is raised on purpose; `RequestLog` answers the others."""
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(RegistryError, _on_registry_error)
    app.add_exception_handler(DataError, _on_data_error)
