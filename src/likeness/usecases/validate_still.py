"""Capture a person from a silent clip."""

from asyncio import to_thread

from likeness.domain.capture import Capture, Procedure
from likeness.domain.decision import judge_clip
from likeness.domain.verdict import CaptureResult
from likeness.usecases.clips import seen, similarities
from likeness.usecases.context import Call


async def validate_still(call: Call, video: bytes, *, strict: bool) -> CaptureResult:
    """Look at the clip once and keep all that `verify` will need behind a token.

    Raises:
        VideoError: what is wrong with the clip.
        ConcurrencyLimitError, EngineError, StorageError: the server could not judge it.
    """
    services = call.services
    clip = await services.engine.observe_clip(video)
    call.evidence.details["clip"] = seen(clip)
    call.evidence.explain(services)
    template, quality, best_frame = judge_clip(clip, services.thresholds)
    call.evidence.pictures["best_frame"] = best_frame
    capture = Capture(
        Procedure.STILL,
        template,
        quality,
        clip.several_frame,
        similarities(clip),
        clip.genuineness,
        services.model_digests,
        strict,
    )
    return CaptureResult(await to_thread(services.captures.add, call.key.id, call.request_id, capture), best_frame)
