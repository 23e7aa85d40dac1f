"""A worker that answers what no worker answers is ended, and its job with it."""

import socket
import struct
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from likeness.domain.capture import ClipRequest, ImageRequest, Procedure
from likeness.engines.messages import ClipJob, Done, Entered, ImageJob, Ready
from likeness.engines.process import WorkerDiedError, WorkerProcess, WorkerSettings
from likeness.engines.replies import REPLY_BYTES_MAX, dump_reply
from likeness.models import packs
from likeness.pipeline.stage import Stage
from tests.engines.test_messages import BUILD, CLIP, IMAGE

JOB = ImageJob(b"picture", ImageRequest())


@pytest.fixture
def worker(models_path: Path) -> Iterator[WorkerProcess]:
    """A real worker process."""
    made = WorkerProcess(WorkerSettings(packs.prepare(packs.load("default"), models_path), 20, 1024))
    yield made
    made.kill()


@pytest.fixture
def other_end(worker: WorkerProcess) -> Iterator[Connection]:
    """What a worker is once an upload has taken it over: the other end of its pipe in somebody else's hands."""
    ours, theirs = socket.socketpair()
    worker._connection.close()
    worker._connection = Connection(ours.detach())
    with Connection(theirs.detach()) as end:
        yield end


@pytest.mark.parametrize(
    "reply",
    [
        BUILD,
        b"",
        struct.pack(">I", 100) + b"[" * 100,
        dump_reply(Ready()),
        dump_reply(Done(CLIP)),
        dump_reply(Done(IMAGE))[:-1],
    ],
    ids=["pickle", "nothing", "nested", "out of turn", "not what was asked", "cut"],
)
def test_a_reply_out_of_its_senses_costs_the_worker(worker: WorkerProcess, other_end: Connection, reply: bytes) -> None:
    other_end.send_bytes(dump_reply(Entered(Stage.DECODING)))
    other_end.send_bytes(reply)
    with pytest.raises(WorkerDiedError) as death:
        worker.do(JOB)
    assert (death.value.stage, death.value.ending, death.value.late) == (Stage.DECODING, "reply", False)
    worker.kill()
    assert not worker.alive
    assert Procedure("still").value == "still"


def test_a_reply_that_claims_to_be_endless_is_not_read(worker: WorkerProcess, other_end: Connection) -> None:
    with socket.socket(fileno=other_end.fileno()) as raw:
        raw.sendall(struct.pack("!i", REPLY_BYTES_MAX + 1))  # how `Connection` frames what follows
        with pytest.raises(WorkerDiedError):
            worker.do(ClipJob(b"clip", ClipRequest()))
        raw.detach()


def test_a_sound_reply_of_the_asked_kind_is_taken(worker: WorkerProcess, other_end: Connection) -> None:
    other_end.send_bytes(dump_reply(Done(IMAGE)))
    answer = worker.do(JOB)
    assert isinstance(answer, Done)
    assert repr(answer.observation) == repr(IMAGE)
    assert worker.alive
