"""The addresses of the API."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, File, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from slu.api.deps import PartsDep, Recordings, charge_recordings, charge_request, require_key
from slu.api.errors import error_body, error_responses
from slu.api.schemas import (
    BatchItem,
    BatchResponse,
    FeedbackRequest,
    FeedbackResponse,
    Health,
    ModelInfo,
    ModelsResponse,
    PredictResponse,
)
from slu.errors import DataError, RegistryError
from slu.inference import Predictor

_LOGGER = logging.getLogger(__name__)

public = APIRouter()
# The limit comes first: it holds for guesses at a key as well.
protected = APIRouter(
    dependencies=[Depends(charge_request), Depends(require_key)],
    responses=error_responses(401, 429),
)


@public.get("/", include_in_schema=False)
async def show_page(parts: PartsDep) -> HTMLResponse:
    """The page to talk to the model."""
    return HTMLResponse(parts.page.html)


@public.get("/docs", include_in_schema=False)
async def show_docs(parts: PartsDep) -> HTMLResponse:
    """What this server can be asked, to read and to try out."""
    return HTMLResponse(parts.docs.html)


@public.get("/health", responses={503: {"model": Health, "description": "There is no model."}})
async def health(response: Response, parts: PartsDep) -> Health:
    """Any answer means that the server lives; 200 means that it predicts, 503 that it cannot."""
    try:
        version = (await parts.desk.predictor()).version
    except RegistryError:
        response.status_code = 503
        version = None
    failures = parts.service.log.failures
    answering = "degraded" if failures else "ok"
    return Health(
        status=answering if version else "unavailable",
        ready=version is not None,
        model_version=version,
        log_failures=failures,
    )


@protected.post("/predict", responses=error_responses(400, 413, 415, 422, 503))
async def predict(
    file: Annotated[
        UploadFile, File(description="A sound file: wav, mp3, flac, ogg, webm or m4a.")
    ],
    parts: PartsDep,
) -> PredictResponse:
    """Understand a recording. Its content tells its format, not its name or declared type."""
    return await parts.desk.predict(file.file)


@protected.post(
    "/predict/batch",
    dependencies=[Depends(charge_recordings)],
    responses=error_responses(400, 413, 422, 503),
)
async def predict_batch(request: Request, files: Recordings, parts: PartsDep) -> BatchResponse:
    """Understand several recordings; one that cannot be used does not stop the others."""
    results = []
    for file in files:
        try:
            item = BatchItem(filename=file.filename, result=await parts.desk.predict(file.file))
        except HTTPException as error:
            body = error_body(error, request.state.request_id)
            item = BatchItem(filename=file.filename, error=body)
        results.append(item)
    return BatchResponse(results=results)


@protected.get("/models", responses=error_responses(503))
def models(parts: PartsDep) -> ModelsResponse:
    """List the model versions, newest first."""
    registry = parts.service.registry
    latest = registry.latest_version()
    infos = [
        ModelInfo(
            version=entry.version,
            in_use=entry.version == latest,
            created_at=entry.created_at,
            metrics=entry.metrics,
        )
        for entry in registry.versions()
    ]
    return ModelsResponse(in_use=latest, models=infos)


@protected.post("/feedback", responses=error_responses(400, 413, 415, 422, 503))
async def feedback(correction: FeedbackRequest, parts: PartsDep) -> FeedbackResponse:
    """Tell what was really meant; the recording is kept only with the speaker's consent."""
    _check_labels(correction.labels, await parts.desk.predictor())
    clip = None
    if correction.consent and correction.audio is not None:
        clip = await parts.desk.to_wav(correction.audio)
    try:
        kept = await run_in_threadpool(
            parts.service.feedback.append,
            correction.request_id,
            correction.labels,
            clip,
            consent=correction.consent,
        )
    except DataError as error:
        _LOGGER.exception("a correction was not saved")
        raise HTTPException(
            503, "The correction could not be saved; send it again later."
        ) from error
    parts.metrics.corrections.inc()
    return FeedbackResponse(request_id=kept.request_id, audio_kept=kept.audio is not None)


@protected.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(parts: PartsDep) -> Response:
    """Figures for Prometheus."""
    return Response(parts.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


def _check_labels(labels: dict[str, str], predictor: Predictor) -> None:
    problems = [
        {
            "type": "unknown_label",
            "loc": ("body", "labels", slot),
            "msg": _label_problem(slot, label, predictor),
        }
        for slot, label in labels.items()
        if label not in predictor.labels.get(slot, ())
    ]
    if problems:
        raise RequestValidationError(problems)


def _label_problem(slot: str, label: str, predictor: Predictor) -> str:
    if slot not in predictor.labels:
        return f"there is no such slot; choose from {', '.join(predictor.labels)}"
    return f"there is no label '{label}'; choose from {', '.join(predictor.labels[slot])}"
