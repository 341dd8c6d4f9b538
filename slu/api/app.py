"""The application: parts, routes, and what every request passes through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from slu import __version__
from slu.api.alert_metrics import AlertCollector
from slu.api.api_keys import ApiKeys
from slu.api.body_limit import BodyLimit
from slu.api.deps import Parts
from slu.api.desk import PredictionDesk
from slu.api.docs import add_docs_assets, load_docs
from slu.api.errors import add_error_handlers
from slu.api.headers import SecurityHeaders
from slu.api.metrics import Metrics
from slu.api.page import load_page
from slu.api.rate_limit import RateLimiter
from slu.api.request_log import RequestLog
from slu.api.routes import protected, public
from slu.service import PredictionService
from slu.settings import Settings, get_settings

_DESCRIPTION = (
    "Understands short spoken orders straight from sound. Every error is JSON with `code`, "
    "`message` and `request_id`."
)


def create_app(settings: Settings) -> FastAPI:
    """Build the API of one project.

    Args:
        settings: where the project is, and what requests may cost.
    """
    parts = _make_parts(settings)
    app = FastAPI(
        title="SLU Studio",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,  # FastAPI's own page loads Swagger UI from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        middleware=_middleware(settings, parts),
        form_limits={"max_files": settings.max_batch_files, "max_fields": 10},
    )
    app.state.parts = parts
    add_error_handlers(app)
    app.include_router(public)
    app.include_router(protected)
    add_docs_assets(app)
    return app


def create_app_from_environment() -> FastAPI:
    """The API of the project that `SLU_*` describe; what each worker process runs."""
    return create_app(get_settings())


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    await app.state.parts.desk.warm_up()
    yield


def _make_parts(settings: Settings) -> Parts:
    service = PredictionService(settings)
    metrics = Metrics(AlertCollector(settings.alerts_path))
    return Parts(
        service=service,
        desk=PredictionDesk(service, metrics, settings.prediction_threads),
        metrics=metrics,
        rate_limiter=RateLimiter(settings.rate_limit_per_minute),
        api_keys=ApiKeys(settings.api_keys),
        page=load_page(),
        docs=load_docs(),
    )


def _middleware(settings: Settings, parts: Parts) -> list[Middleware]:
    """From the outside in."""
    policies = {"/": parts.page.policy, "/docs": parts.docs.policy}
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "X-API-Key"],
        expose_headers=["Retry-After", "X-Request-ID"],
    )
    return [
        Middleware(SecurityHeaders, policies=policies),
        Middleware(RequestLog, metrics=parts.metrics),
        *([cross_origin] if settings.cors_origins else []),
        Middleware(BodyLimit, max_bytes=int(settings.max_upload_mb * 1e6)),
    ]
