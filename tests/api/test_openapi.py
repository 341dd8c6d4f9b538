from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from slu.api.schemas import FeedbackRequest, PredictResponse

OPERATIONS = {
    ("get", "/health"),
    ("post", "/predict"),
    ("post", "/predict/batch"),
    ("get", "/models"),
    ("post", "/feedback"),
    ("get", "/metrics"),
}

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


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
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    PredictResponse.model_validate(schemas["PredictResponse"]["example"])
    FeedbackRequest.model_validate(schemas["FeedbackRequest"]["example"])


POSTED = sorted(path for method, path in OPERATIONS if method == "post")


@pytest.mark.parametrize("path", POSTED)
def test_whatever_is_sent_the_answer_is_one_that_is_described(
    client: httpx.Client, path: str
) -> None:
    ask_anything(client, path, max_examples=20)


@pytest.mark.fault
@pytest.mark.parametrize("path", POSTED)
def test_the_same_with_much_more(client: httpx.Client, path: str) -> None:
    ask_anything(client, path, max_examples=300)


def ask_anything(client: httpx.Client, path: str, max_examples: int) -> None:
    schema = schemathesis.openapi.from_url(str(client.base_url.join("/openapi.json")))

    @given(schema[path]["post"].as_strategy())
    @settings(max_examples=max_examples, deadline=None, derandomize=True, database=None)
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()
