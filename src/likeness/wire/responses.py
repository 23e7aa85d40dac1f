"""Response bodies: field names, order, rounding and encoding."""

import base64
import json
from typing import Any

from likeness.domain.verdict import CaptureResult, ChallengeResult, Comparison, VerifyResult

CONFIDENCE_DECIMALS = 3
"""As in the documented examples."""

RECORDED_CHARS = 512
"""Ours: no text of an answer is longer that is not a picture or an oversized biz_no."""

Body = dict[str, Any]


def encode(body: Body) -> bytes:
    """A body as UTF-8 JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(", ", ": ")).encode()


def data_url(jpeg: bytes) -> str:
    """A JPEG as the contract wants `image_best`."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def success(answer: Body, *, request_id: str, time_used_ms: int, biz_no: str | None) -> Body:
    """The envelope of a call that succeeded."""
    return {"time_used": time_used_ms, **answer, **_echo(biz_no), "request_id": request_id}


def failure(message: str, *, request_id: str, time_used_ms: int, biz_no: str | None) -> Body:
    """The envelope of a call that failed."""
    return {"error_message": message, "request_id": request_id, "time_used": time_used_ms, **_echo(biz_no)}


def _echo(biz_no: str | None) -> Body:
    return {} if biz_no is None else {"biz_no": biz_no}


def captured(token_name: str, result: CaptureResult, *, return_image: bool) -> Body:
    """The members of a captured clip; the token's name is the procedure's."""
    image = {"image_best": data_url(result.best_frame)} if return_image else {}
    return {token_name: result.token, **image}


def challenge(result: ChallengeResult) -> Body:
    """The members of digits to read aloud."""
    return {"random_number": result.digits, "token_random_number": result.token}


def verified(result: VerifyResult) -> Body:
    """The members of a verification."""
    liveness: Body = {"procedure_validation": result.procedure_validation.value}
    if result.face_genuineness is not None:
        liveness["face_genuineness"] = result.face_genuineness.value
    references = {f"result_{field.removeprefix('image_')}": _compared(it) for field, it in result.comparisons.items()}
    return {
        "id_exceptions": {
            "id_photo_monochrome": int(result.monochrome),
            "id_attacked": int(result.attacked_before),
        },
        "liveness": liveness,
        **references,
        **_several(result),
    }


def _compared(comparison: Comparison) -> Body:
    return {
        "confidence": round(comparison.confidence, CONFIDENCE_DECIMALS),
        "thresholds": {
            rate: round(confidence, CONFIDENCE_DECIMALS) for rate, confidence in comparison.thresholds.items()
        },
    }


def _several(result: VerifyResult) -> Body:
    if result.several_faces is None:
        return {}
    frame = result.several_frame if result.several_faces else None
    return {
        "multifaces_tag": "1" if result.several_faces else "0",
        "multifaces_image": base64.b64encode(frame).decode() if frame else "",
    }


def for_record(body: Body) -> Body:
    """A body as it may stand in a record: pictures, tokens and what is longer than any field replaced by a note."""
    hidden = ("image_best", "multifaces_image")

    def is_kept(name: str, value: object) -> bool:
        if name in hidden or name.startswith("token_"):
            return False
        return not (isinstance(value, str) and len(value) > RECORDED_CHARS)

    return {name: value if is_kept(name, value) else f"<{len(value)} characters>" for name, value in body.items()}
