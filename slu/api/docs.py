"""The page at `/docs`: Swagger UI with everything it loads from this server."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles

from slu.api.page import Page, hash_of

_ASSETS_URL = "/docs/assets"


def load_docs() -> Page:
    """Build the page; its one script of its own is allowed by its hash."""
    response = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="SLU Studio",
        swagger_js_url=f"{_ASSETS_URL}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS_URL}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS_URL}/favicon.png",
    )
    html = bytes(response.body).decode()
    policy = (
        f"default-src 'none'; script-src 'self' {hash_of('script', html)}; "
        # Swagger UI styles what it draws with attributes, which have no hash.
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html, policy)


def add_docs_assets(app: FastAPI) -> None:
    """Serve Swagger UI's script and style, which `fastapi-offline` carries."""
    folder = str(files("fastapi_offline").joinpath("static"))
    app.mount(_ASSETS_URL, StaticFiles(directory=folder), name="docs assets")
