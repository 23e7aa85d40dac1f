"""Replies of the wrong shape: whatever a worker that is no longer ours sends."""

import json
import struct

import numpy as np
import pytest

from likeness.engines.messages import Done
from likeness.engines.replies import HEADER_BYTES_MAX, load_reply
from likeness.engines.values import ReplyError

JPEG = b"\xff\xd8\xffa frame\xff\xd9"


def joined(header: object, rest: bytes) -> bytes:
    head = json.dumps(header).encode()
    return struct.pack(">I", len(head)) + head + rest


def floats(*values: float) -> bytes:
    return np.asarray(values, np.float32).tobytes()


def reply_of(kind: str, body: list[object], parts: list[bytes | None], lengths: list[int | None] | None) -> bytes:
    told = lengths or [None if part is None else len(part) for part in parts]
    return joined([kind, body, told], b"".join(part for part in parts if part is not None))


def image(  # noqa: PLR0913 - what a reply is made of
    *,
    turned_deg: int = 0,
    faces: object = (),
    pack: object = None,
    pose: object = None,
    metadata: object = None,
    vector: bytes | None = None,
    several: bytes | None = None,
) -> bytes:
    """A reply on a picture, of which one thing may be wrong."""
    body = [640, 480, turned_deg, faces, 1.0, [], pack, None, pose, metadata]
    return reply_of("image", body, [vector, several], None)


def clip(
    scores: object = (), spoken: object = None, best: bytes | None = None, lengths: list[int | None] | None = None
) -> bytes:
    """A reply on a clip, of which one thing may be wrong."""
    body = [2.0, 9, 9, [], scores, None, None, spoken]
    return reply_of("clip", body, [None, best, None], lengths)


def test_the_replies_of_which_one_thing_is_made_wrong_are_sound() -> None:
    sound = [image(pose=[0, 0, 180], metadata=[1, 9, 9, None, None, None, [1, 9], 8, "2026-03-01T10:20:30"])]
    sound += [image(pack="default", vector=floats(1), several=JPEG), clip(best=JPEG), clip(spoken=[["4", 0.5], [0, 0]])]
    for reply in sound:
        assert isinstance(load_reply(reply), Done)


@pytest.mark.parametrize(
    "wrong",
    [
        image(turned_deg=45),
        image(pack="default"),
        image(vector=floats(1)),
        image(pack="default", vector=floats(2)),
        image(pack="default", vector=floats(np.nan, 1)),
        image(pack="default", vector=b"abc"),
        image(pack="default", vector=b""),
        image(faces=[[5, 5, 4, 6]]),
        image(pose=[0, 0, 181]),
        image(metadata=[1, 9, 9, None, None, None, [0, 9], None, None]),
        image(metadata=[1, 9, 9, None, None, None, None, 9, None]),
        image(metadata=[1, 9, 9, None, None, None, None, None, "yesterday"]),
        image(metadata=[2, 9, 9, None, None, None, None, None, None]),
        image(several=b"hello"),
        clip(scores=[["screen", 1.1, "x"]]),
        clip(best=b"hello"),
        clip() + b"too much",
        clip(lengths=[None, 10**9, None]),
        clip(spoken=[["40 7", 0.5], [0.5, 0]]),
        clip(spoken=[["four", 0.5], [0.5, 0]]),
        clip(spoken=[["4", 0.5]]),
        joined(["ready", [], [None]], b""),
        struct.pack(">I", 10**6) + b"[" * 10**6,
        struct.pack(">I", 9000) + b"1" * 9000,
        struct.pack(">I", HEADER_BYTES_MAX + 20) + b"[" + b" " * HEADER_BYTES_MAX + b'"ready", [], []]   ',
        struct.pack(">I", 2**32 - 1) + b"[]",
    ],
)
def test_a_reply_of_the_wrong_shape_is_refused(wrong: bytes) -> None:
    with pytest.raises(ReplyError):
        load_reply(wrong)
