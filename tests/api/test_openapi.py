import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

OPERATIONS = {
    ("get", "/health"),
    ("post", "/predict"),
    ("post", "/predict/batch"),
    ("get", "/models"),
    ("post", "/feedback"),
    ("get", "/metrics"),
}


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_is_described(client: httpx.Client) -> None:
    assert operations(client.get("/openapi.json").json()).keys() == OPERATIONS


def test_every_error_has_the_one_form(client: httpx.Client) -> None:
    for operation in operations(client.get("/openapi.json").json()).values():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]["$ref"]
                assert schema.rpartition("/")[2] in ("ErrorBody", "Health")


def test_the_examples_are_valid(client: httpx.Client) -> None:
    from slu.api.schemas import FeedbackRequest, PredictResponse

    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    PredictResponse.model_validate(schemas["PredictResponse"]["example"])
    FeedbackRequest.model_validate(schemas["FeedbackRequest"]["example"])
