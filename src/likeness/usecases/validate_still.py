"""Capture a person from a silent clip."""

from asyncio import to_thread
from dataclasses import asdict

from likeness.domain.capture import Capture, ClipObservation, Procedure
from likeness.domain.decision import judge_clip
from likeness.domain.verdict import StillResult
from likeness.usecases.context import Call


async def validate_still(call: Call, video: bytes, *, strict: bool) -> StillResult:
    """Look at the clip once and keep all that `verify` will need behind a token.

    Raises:
        VideoError: what is wrong with the clip.
        ConcurrencyLimitError, EngineError, StorageError: the server could not judge it.
    """
    services = call.services
    clip = await services.engine.observe_clip(video)
    call.evidence.details["clip"] = _seen(clip)
    call.evidence.explain(services)
    template, quality, best_frame = judge_clip(clip, services.thresholds)
    call.evidence.pictures["best_frame"] = best_frame
    capture = Capture(
        Procedure.STILL,
        template,
        quality,
        clip.several_frame,
        tuple(frame.similarity for frame in clip.frames if frame.similarity is not None),
        clip.genuineness,
        services.model_digests,
        strict,
    )
    token = await to_thread(services.captures.add, call.key.id, call.request_id, capture)
    return StillResult(token, best_frame)


def _seen(clip: ClipObservation) -> dict[str, object]:
    """A clip's figures for the record: everything but pictures and templates."""
    return {
        "duration_s": clip.duration_s,
        "width_px": clip.width_px,
        "height_px": clip.height_px,
        "quality": asdict(clip.quality) if clip.quality else None,
        "genuineness": [asdict(score) for score in clip.genuineness],
        "frames": [asdict(frame) for frame in clip.frames],
    }
