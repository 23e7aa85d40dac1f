"""What crosses the pipe survives it, and a worker's reply cannot name a function."""

import inspect
import os
import pickle

import numpy as np
import pytest

from likeness.domain import errors
from likeness.domain.capture import ClipObservation, DetectorScore, FrameObservation, ImageObservation
from likeness.domain.errors import LikenessError
from likeness.domain.face import Box, Quality, Template
from likeness.engines.messages import Done, Entered, Ready, Refused, Unready, dump, load_reply
from likeness.pipeline.stage import Stage

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, LikenessError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_survives(kind: type[LikenessError]) -> None:
    reply = load_reply(dump(Refused(kind("image_ref1"), "trace")))
    assert isinstance(reply, Refused)
    assert type(reply.error) is kind
    assert (reply.error.field, reply.trace) == ("image_ref1", "trace")


def test_observations_survive() -> None:
    template = Template("default", np.linspace(-1, 1, 128, dtype=np.float32))
    quality = Quality(120.0, float(np.float32(55.5)), 100.0, 40.0)
    box = Box(1.0, 2.0, 3.0, 4.0)
    scores = (DetectorScore("screen", 0.25, "spectrum"),)
    image = ImageObservation(640, 480, 90, (box,), template, quality, 7.5)
    frame = FrameObservation(0.5, (box, box), quality, 0.97, scores)
    clip = ClipObservation(2.0, 640, 480, (frame,), template, quality, b"jpeg", None, scores)
    for observation in (image, clip):
        reply = load_reply(dump(Done(observation)))
        assert isinstance(reply, Done)
        assert reply.observation.template is not None
        assert np.array_equal(reply.observation.template.vector, template.vector)
        assert repr(reply.observation) == repr(observation)


def test_short_messages_survive() -> None:
    for message in (Ready(), Unready("why"), Entered(Stage.JUDGING)):
        assert load_reply(dump(message)) == message


class Evil:
    def __init__(self, function: object, argument: str) -> None:
        self.call = (function, (argument,))

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return self.call


@pytest.mark.parametrize("function", [os.system, eval, np.load, pickle.loads, errors.LikenessError.in_field])
def test_a_reply_cannot_call_anything(function: object) -> None:
    with pytest.raises(pickle.UnpicklingError):
        load_reply(pickle.dumps(Evil(function, "x")))
