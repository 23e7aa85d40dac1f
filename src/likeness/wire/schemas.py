"""JSON Schema of the answers' own members, for the OpenAPI document and the tests of conformance."""

from typing import Any

from likeness.domain.verdict import FaceGenuineness, ProcedureValidation

Schema = dict[str, Any]

ENVELOPE: dict[str, Schema] = {
    "request_id": {"type": "string", "description": "<unix seconds>,<uuid4>; the handle for looking the call up."},
    "time_used": {"type": "integer", "minimum": 0, "description": "Milliseconds the call took."},
    "biz_no": {"type": "string", "description": "As sent; present when it was sent."},
}

FLAG: Schema = {"type": "integer", "enum": [0, 1]}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 100}


def _members(required: tuple[str, ...], properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(required), "properties": properties}


COMPARISON = _members(
    ("confidence", "thresholds"),
    {
        "confidence": SHARE,
        "thresholds": {
            **_members(("1e-3", "1e-4", "1e-5", "1e-6"), dict.fromkeys(("1e-3", "1e-4", "1e-5", "1e-6"), SHARE)),
            "description": "The confidence that this comparison needs at each false-match rate; it may differ from one "
            "comparison to the next, so never compare with fixed figures.",
        },
    },
)

TOKEN: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
IMAGE_BEST: Schema = {"type": "string", "pattern": "^data:image/jpeg;base64,"}

STILL = _members(("token_still",), {"token_still": TOKEN, "image_best": IMAGE_BEST})
VIDEO = _members(("token_video",), {"token_video": TOKEN, "image_best": IMAGE_BEST})
FRONT_FACE = _members(("token_front_face",), {"token_front_face": TOKEN})
SIDE_FACE = _members(("token_side_face",), {"token_side_face": TOKEN})
RANDOM_NUMBER = _members(
    ("random_number", "token_random_number"),
    {"random_number": {"type": "string", "pattern": "^[0-9]{4}$"}, "token_random_number": TOKEN},
)

VERIFIED = _members(
    ("id_exceptions", "liveness"),
    {
        "id_exceptions": _members(
            ("id_photo_monochrome", "id_attacked"), {"id_photo_monochrome": FLAG, "id_attacked": FLAG}
        ),
        "liveness": _members(
            ("procedure_validation",),
            {
                "procedure_validation": {"type": "string", "enum": [item.value for item in ProcedureValidation]},
                "face_genuineness": {"type": "string", "enum": [item.value for item in FaceGenuineness]},
            },
        ),
        **{f"result_ref{number}": COMPARISON for number in (1, 2, 3)},
        "multifaces_tag": {"type": "string", "enum": ["0", "1"]},
        "multifaces_image": {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/jpeg"},
    },
)
