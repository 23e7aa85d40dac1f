"""Take a selfie from the side, the second of two, and put both together."""

from asyncio import to_thread
from dataclasses import asdict
from datetime import timedelta

from likeness.domain.capture import AS_SELFIE, Capture, FrontFace, ImageObservation, Procedure, SelfiePair
from likeness.domain.errors import EngineError, InvalidTokenError
from likeness.domain.metadata import differences
from likeness.domain.selfie import judge_side
from likeness.usecases import pictures
from likeness.usecases.context import Call


async def validate_side_face(call: Call, token: str, selfie: bytes) -> str:
    """Look at the selfie once and keep behind a token, which is returned, all that `verify` will need of both.

    Whether both show one person, and come from one camera, is measured here and judged by `verify`.

    Raises:
        InvalidTokenError: no front selfie of this key, pack and model files behind the token.
        ImageError: what is wrong with the selfie.
        ConcurrencyLimitError, EngineError, StorageError: the server could not judge it.
    """
    services, evidence = call.services, call.evidence
    front = await to_thread(services.captures.get, call.key.id, token, FrontFace)
    if front.model_digests != services.model_digests:
        raise InvalidTokenError
    image = await services.engine.observe_image(selfie, AS_SELFIE)
    evidence.pictures["selfie"] = selfie
    evidence.details["selfie"] = pictures.seen(image)
    evidence.explain(services)
    evidence.details["selfie_thresholds"] = asdict(services.selfie_thresholds)
    judge_side(image, services.selfie_thresholds, services.thresholds)
    pair = _pair(front, image, call.received_at - front.taken_in_at)
    evidence.details["pair"] = asdict(pair)
    capture = Capture(
        Procedure.SELFIE,
        front.template,
        front.quality,
        front.several_picture,
        (),
        front.genuineness,
        services.model_digests,
        pair=pair,
    )
    return await to_thread(services.captures.add, call.key.id, call.request_id, capture)


def _pair(front: FrontFace, side: ImageObservation, later: timedelta) -> SelfiePair:
    """What both show together; `later`: by how much the side selfie came after the front one."""
    if side.template is None or side.quality is None or side.pose is None or side.metadata is None:
        raise EngineError  # an engine that did not look for what it was asked to
    return SelfiePair(
        front.template.similarity(side.template),
        differences(front.metadata, side.metadata, later),
        front.pose,
        side.pose,
        side.quality,
        side.genuineness,
    )
