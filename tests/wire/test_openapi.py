"""The OpenAPI document says what the routes do."""

from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from likeness.app import ENDPOINTS
from tests import material
from tests.caller import Caller


@pytest.fixture
async def document(caller: Caller) -> dict[str, Any]:
    answer = await caller.client.get("http://likeness/openapi.json")
    return dict(answer.json())


async def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


async def test_thresholds_are_said_to_belong_to_their_comparison(document: dict[str, Any]) -> None:
    answer = document["paths"]["/faceid/lite/raw/verify"]["post"]["responses"]["200"]
    result = answer["content"]["application/json"]["schema"]["properties"]["result_ref1"]
    assert "never compare with fixed figures" in result["properties"]["thresholds"]["description"]


async def test_every_route_is_documented(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == {endpoint.path for endpoint in ENDPOINTS}
    for path in document["paths"]:
        assert path.startswith("/faceid/lite/raw/")


async def test_answers_match_their_schemas(caller: Caller, document: dict[str, Any]) -> None:
    captured = await caller.still(return_image="1", biz_no="b")
    answers = [
        ("validate_still", captured),
        ("validate_still", await caller.still(b"junk")),
        ("validate_still", await caller.still(bytes(20 * 1024 * 1024 + 1))),
        ("verify", await caller.verify(captured.json()["token_still"], return_multifaces_tag="1")),
        ("verify", await caller.verify("x")),
        ("verify", await caller.verify(captured.json()["token_still"], references={"image_ref2": material.no_face()})),
        ("verify", await caller.post("verify", {"api_secret": "wrong"})),
    ]
    assert {answer.status_code for _, answer in answers} == {200, 400, 403, 413}
    for call, answer in answers:
        operation = document["paths"][f"/faceid/lite/raw/{call}"]["post"]
        schema = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), schema)
        assert set(answer.json()) <= set(schema["properties"])
