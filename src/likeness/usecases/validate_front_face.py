"""Take a selfie from the front, the first of two."""

from asyncio import to_thread
from dataclasses import asdict

from likeness.domain.capture import AS_SELFIE, FrontFace
from likeness.domain.errors import EngineError
from likeness.domain.selfie import judge_front
from likeness.usecases import pictures
from likeness.usecases.context import Call


async def validate_front_face(call: Call, selfie: bytes) -> str:
    """Look at the selfie once and keep behind a token, which is returned, what the side selfie is judged against.

    Raises:
        ImageError: what is wrong with the selfie.
        ConcurrencyLimitError, EngineError, StorageError: the server could not judge it.
    """
    services, evidence = call.services, call.evidence
    image = await services.engine.observe_image(selfie, AS_SELFIE)
    evidence.pictures["selfie"] = selfie
    evidence.details["selfie"] = pictures.seen(image)
    evidence.explain(services)
    evidence.details["selfie_thresholds"] = asdict(services.selfie_thresholds)
    template, quality, pose = judge_front(image, services.selfie_thresholds, services.thresholds)
    if image.metadata is None:
        raise EngineError  # an engine that did not read what it was asked to
    front = FrontFace(
        template,
        quality,
        pose,
        image.metadata,
        image.several_picture,
        image.genuineness,
        services.model_digests,
        call.received_at,
    )
    return await to_thread(services.captures.add, call.key.id, call.request_id, front)
