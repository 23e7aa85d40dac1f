"""What crosses the pipe survives it, and no reply does anything but answer."""

import inspect
import json
import os
import pickle
import random
import struct
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from likeness.domain import errors
from likeness.domain.capture import (
    ClipObservation,
    DetectorScore,
    FrameObservation,
    ImageObservation,
    ImageRequest,
    Procedure,
)
from likeness.domain.errors import EngineError, ImageError, LikenessError, VideoError
from likeness.domain.face import Box, Pose, Quality, Template
from likeness.domain.metadata import Metadata
from likeness.domain.spoken import Heard, LipSync, Spoken
from likeness.engines.messages import Done, Entered, ImageJob, Ready, Refused, Reply, Unready, dump_job, load_job
from likeness.engines.replies import dump_reply, load_reply
from likeness.engines.values import ReplyError
from likeness.pipeline.stage import Stage
from tests.engines.test_replies import joined

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, LikenessError)]
OF_WORKERS = [kind for kind in KINDS if issubclass(kind, ImageError | VideoError | EngineError)]
JPEG = b"\xff\xd8\xffa frame\xff\xd9"

VECTOR = np.linspace(-1, 1, 128, dtype=np.float32)
TEMPLATE = Template("default", VECTOR / np.float32(np.linalg.norm(VECTOR)))
QUALITY = Quality(120.0, float(np.float32(55.5)), 100.0, 40.0, 0.9, 0.97, 0.02)
BOX = Box(-1.5, 2.0, 3.0, 4.0)
SCORES = (DetectorScore("screen", 0.25, "spectrum"),)
IMAGE = ImageObservation(640, 480, 90, (BOX,), TEMPLATE, QUALITY, 7.5)
FRAME = FrameObservation(0.5, (BOX, BOX), QUALITY, 0.97, SCORES)
FACELESS = FrameObservation(0.7, (), None, None, ())
CLIP = ClipObservation(2.0, 640, 480, (FRAME, FACELESS), TEMPLATE, QUALITY, JPEG, None, SCORES)
POSE = Pose(-31.5, 4.25, 0.5)
METADATA = Metadata(
    is_jpeg=True,
    width_px=480,
    height_px=640,
    make="Maker",
    model=None,
    software="1.2",
    stated_size_px=(640, 480),
    orientation=6,
    taken_at=datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC),
)
SELFIE = replace(IMAGE, genuineness=SCORES, pose=POSE, metadata=METADATA, several_picture=JPEG)
SPOKEN = replace(CLIP, spoken=Spoken(Heard("407", -3.5), LipSync(0.5, -0.04)))
EMPTY = ClipObservation(2.0, 640, 480, (FACELESS,), None, None, None, None, ())
REPLIES: list[Reply] = [
    Ready(),
    Unready("why"),
    Entered(Stage.JUDGING),
    Refused(errors.VideoFormatError(), "trace"),
    *(Done(it) for it in (IMAGE, SELFIE, CLIP, SPOKEN, EMPTY)),
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_pickles(kind: type[LikenessError]) -> None:
    error = pickle.loads(pickle.dumps(kind("image_ref1")))  # noqa: S301
    assert type(error) is kind
    assert error.field == "image_ref1"


@pytest.mark.parametrize("observation", [IMAGE, SELFIE, CLIP, SPOKEN, EMPTY])
def test_observations_pickle(observation: ImageObservation | ClipObservation) -> None:
    assert repr(pickle.loads(pickle.dumps(observation))) == repr(observation)  # noqa: S301


def test_a_job_survives() -> None:
    job = load_job(dump_job(ImageJob(b"bytes", ImageRequest(multi_oriented=True))))
    assert isinstance(job, ImageJob)
    assert (job.data, job.request) == (b"bytes", ImageRequest(multi_oriented=True))


@pytest.mark.parametrize("kind", OF_WORKERS)
def test_an_error_of_a_worker_survives(kind: type[LikenessError]) -> None:
    reply = load_reply(dump_reply(Refused(kind(), "ValueError at image.py:3")))
    assert isinstance(reply, Refused)
    assert type(reply.error) is kind
    assert reply.trace == "ValueError at image.py:3"


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(OF_WORKERS), key=str))
def test_an_error_that_is_not_a_workers_to_raise_is_refused(kind: type[LikenessError]) -> None:
    with pytest.raises(ReplyError):
        load_reply(dump_reply(Refused(kind())))


@pytest.mark.parametrize("observation", [IMAGE, SELFIE, CLIP, SPOKEN, EMPTY])
def test_observations_survive(observation: ImageObservation | ClipObservation) -> None:
    reply = load_reply(dump_reply(Done(observation)))
    assert isinstance(reply, Done)
    assert repr(reply.observation) == repr(observation)
    if observation.template is not None:
        assert reply.observation.template is not None
        assert np.array_equal(reply.observation.template.vector, observation.template.vector)
        assert reply.observation.template.vector.dtype == np.float32


def test_short_messages_survive() -> None:
    for message in (Ready(), Unready("why"), Entered(Stage.JUDGING)):
        assert load_reply(dump_reply(message)) == message


def test_what_is_told_is_short_and_one_line() -> None:
    reply = load_reply(dump_reply(Unready("no\nmodel\x1b[31m" + "x" * 5000)))
    assert isinstance(reply, Unready)
    assert reply.reason.isprintable()
    assert reply.reason.startswith("no model [31mx")
    assert len(reply.reason) == 1000


# --- replies of a worker that is no longer ours -----------------------------------------------------------------------
def our_classes() -> str:
    """All that a pickle could reach of what the server thinks its words mean."""
    words = [(member.name, member.value) for enum in (Procedure, Stage) for member in enum]
    return repr((words, [(kind.__name__, sorted(vars(kind))) for kind in [*KINDS, Template, Box, *OF_WORKERS]]))


class Call:
    def __init__(self, function: object, argument: str) -> None:
        self.call = (function, (argument,))

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return self.call


BUILD = b"clikeness.domain.capture\nProcedure\n(S'still'\ntR(dS'_value_'\nS'broken'\nsb."
"""A pickle that takes the member STILL and gives it another value; it names nothing but a class of ours."""


@pytest.mark.parametrize(
    "pickled",
    [BUILD, *(pickle.dumps(Call(function, "x")) for function in (os.system, eval, np.load, pickle.loads)), b".", b""],
)
def test_a_pickle_does_nothing(pickled: bytes) -> None:
    before = our_classes()
    for reply in (pickled, struct.pack(">I", len(pickled)) + pickled):
        with pytest.raises(ReplyError):
            load_reply(reply)
    assert our_classes() == before


def split(reply: Reply) -> tuple[Any, bytes]:
    data = dump_reply(reply)
    (length,) = struct.unpack_from(">I", data)
    return json.loads(data[4 : 4 + length]), data[4 + length :]


def places(tree: object, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """The way to every value of a header."""
    for index, value in enumerate(tree if isinstance(tree, list) else []):
        yield (*path, index)
        yield from places(value, (*path, index))


def changed(tree: Any, path: tuple[int, ...], value: object) -> object:  # noqa: ANN401
    tree = deepcopy(tree)
    place = tree
    for index in path[:-1]:
        place = place[index]
    place[path[-1]] = value
    return tree


WRONG = [True, {}, {"still": 1}, -1e300, 1e300, 10**30, float("nan"), float("inf"), "\x1b", "x" * 1001, [[]], [0] * 9]


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: type(getattr(reply, "observation", reply)).__name__)
def test_a_wrong_value_anywhere_is_refused(reply: Reply) -> None:
    header, rest = split(reply)
    count = 0
    for path in places(header):
        for wrong in WRONG:
            with pytest.raises(ReplyError):
                load_reply(joined(changed(header, path, wrong), rest))
            count += 1
    assert count >= 3 * len(WRONG)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, cut out, doubled or put in."""
    changing = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(min(len(changing), 400) or 1)  # mostly the header
        end = at + chance.randint(1, 8)
        match chance.randrange(4):
            case 0:
                changing[at:end] = chance.randbytes(end - at)
            case 1:
                del changing[at:end]
            case 2:
                changing[at:at] = changing[at:end]
            case _:
                changing[at:at] = bytes(chance.choice(b'[]{}",:0123456789.-eEnulNaI') for _ in range(end - at))
    return bytes(changing)


def test_mutated_replies_are_refused_or_as_sound_as_any() -> None:
    chance, before = random.Random(20240601), our_classes()  # noqa: S311 - the same replies each time
    refused = 0
    for _ in range(6000):
        data = mutated(dump_reply(chance.choice(REPLIES)), chance)
        try:
            reply = load_reply(data)
        except ReplyError:
            refused += 1
            continue
        # A digit or a letter may change unnoticed; what comes of it is still a reply that any worker may send.
        assert repr(load_reply(dump_reply(reply))) == repr(reply)
        if isinstance(reply, Done):
            assert all(map(np.isfinite, numbers(asdict(reply.observation))))
    assert refused > 4000
    assert our_classes() == before


def numbers(tree: object) -> Iterator[float]:
    if isinstance(tree, dict | list | tuple):
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from numbers(value)
    elif isinstance(tree, int | float):
        yield tree
