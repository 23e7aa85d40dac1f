"""Capture a person from a clip in which they read digits aloud."""

from asyncio import to_thread
from dataclasses import asdict

from likeness.domain.capture import Capture, Challenge, ClipRequest, Procedure, SpokenAnswer
from likeness.domain.decision import judge_clip
from likeness.domain.errors import EngineError
from likeness.domain.verdict import CaptureResult
from likeness.usecases.clips import seen, similarities
from likeness.usecases.context import Call


async def validate_video(call: Call, token: str, video: bytes) -> CaptureResult:
    """Look at the clip and listen to it once, and keep all that `verify` will need behind a token.

    What was said, and whether lips and sound agree, is measured here and judged by `verify`.

    Raises:
        InvalidTokenError: no digits of this key behind the token.
        VideoError: what is wrong with the clip.
        ConcurrencyLimitError, EngineError, StorageError: the server could not judge it.
    """
    services, evidence = call.services, call.evidence
    challenge = await to_thread(services.captures.get, call.key.id, token, Challenge)
    clip = await services.engine.observe_clip(video, ClipRequest(digits=challenge.digits))
    evidence.details["clip"] = seen(clip)
    evidence.details["spoken"] = {"asked": challenge.digits, **(asdict(clip.spoken) if clip.spoken else {})}
    evidence.explain(services)
    template, quality, best_frame = judge_clip(clip, services.thresholds)
    if clip.spoken is None:
        raise EngineError  # an engine that saw a face but did not listen
    evidence.pictures["best_frame"] = best_frame
    capture = Capture(
        Procedure.VIDEO,
        template,
        quality,
        clip.several_frame,
        similarities(clip),
        clip.genuineness,
        services.model_digests,
        answer=SpokenAnswer(challenge.digits, clip.spoken),
    )
    return CaptureResult(await to_thread(services.captures.add, call.key.id, call.request_id, capture), best_frame)
