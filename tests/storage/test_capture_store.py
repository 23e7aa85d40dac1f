import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from likeness.domain.capture import Capture, Challenge, FrontFace, Kept, SelfiePair, SpokenAnswer
from likeness.domain.errors import InvalidTokenError
from likeness.domain.face import Pose
from likeness.domain.metadata import Metadata
from likeness.domain.records import Key
from likeness.domain.spoken import Heard, LipSync, Spoken
from likeness.storage import capture_codec
from likeness.storage.capture_codec import decode_kept, encode_kept
from likeness.storage.crypto import SealError
from likeness.storage.database import captures
from likeness.storage.retention import Keep
from likeness.storage.stores import Stores
from tests.storage.conftest import KEEP, SetClock


def _assert_same(one: Kept, other: Kept) -> None:
    assert isinstance(one, Capture)
    assert isinstance(other, Capture)
    assert np.array_equal(one.template.vector, other.template.vector)
    assert one.template.vector.dtype == other.template.vector.dtype == np.float32
    names = [name for name in Capture.__slots__ if name != "template"]
    assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]
    assert one.template.pack == other.template.pack


@pytest.mark.parametrize("several", [None, b"", b"\xff\xd8\xffseveral faces"])
def test_a_capture_survives_being_bytes(capture: Capture, several: bytes | None) -> None:
    original = replace(capture, several_frame=several)
    _assert_same(decode_kept(encode_kept(original)), original)


POSE = Pose(-31.5, 4.25, 0.5)
METADATA = Metadata(
    is_jpeg=True,
    width_px=480,
    height_px=640,
    make="Maker",
    stated_size_px=(640, 480),
    orientation=6,
    taken_at=datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC),
)


def front_face(capture: Capture, metadata: Metadata = METADATA) -> FrontFace:
    return FrontFace(
        capture.template,
        capture.quality,
        POSE,
        metadata,
        capture.several_frame,
        capture.genuineness,
        capture.model_digests,
        datetime(2026, 3, 1, 10, 21, tzinfo=UTC),
    )


@pytest.mark.parametrize("metadata", [METADATA, Metadata(is_jpeg=False, width_px=9, height_px=9)])
def test_a_front_face_survives_being_bytes(capture: Capture, metadata: Metadata) -> None:
    original = front_face(capture, metadata)
    kept = decode_kept(encode_kept(original))
    assert isinstance(kept, FrontFace)
    assert np.array_equal(kept.template.vector, original.template.vector)
    names = [name for name in FrontFace.__slots__ if name != "template"]
    assert [getattr(kept, name) for name in names] == [getattr(original, name) for name in names]


def test_what_each_procedure_adds_survives_being_bytes(capture: Capture) -> None:
    answer = SpokenAnswer("4071", Spoken(Heard("407", -3.5), LipSync(0.5, -0.04)))
    pair = SelfiePair(0.93, ("model", "time"), POSE, POSE, capture.quality, capture.genuineness)
    for original in (replace(capture, answer=answer), replace(capture, pair=pair)):
        _assert_same(decode_kept(encode_kept(original)), original)


def test_a_token_stands_for_one_kind_of_thing_only(stores: Stores, key: Key, capture: Capture) -> None:
    things: list[Kept] = [capture, front_face(capture), Challenge("4071")]
    for thing in things:
        token = stores.captures.add(key.id, "1,a", thing)
        for kind in (Capture, FrontFace, Challenge):
            if isinstance(thing, kind):
                assert isinstance(stores.captures.get(key.id, token, kind), kind)
            else:
                with pytest.raises(InvalidTokenError):
                    stores.captures.get(key.id, token, kind)


@pytest.mark.parametrize("strict", [False, True])
def test_how_strictly_it_is_judged_survives_being_bytes(capture: Capture, strict: bool) -> None:
    kept = decode_kept(encode_kept(replace(capture, strict=strict)))
    assert isinstance(kept, Capture)
    assert kept.strict is strict


def test_a_token_stands_for_its_capture(stores: Stores, key: Key, capture: Capture) -> None:
    token = stores.captures.add(key.id, "1,a", capture)
    assert re.fullmatch("[0-9a-f]{32}", token)
    _assert_same(stores.captures.get(key.id, token, Capture), capture)


def test_a_token_of_another_version_is_invalid(
    stores: Stores, key: Key, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = stores.captures.add(key.id, "1,a", capture)
    monkeypatch.setattr(capture_codec, "VERSION", capture_codec.VERSION + 1)
    with pytest.raises(InvalidTokenError):
        stores.captures.get(key.id, token, Capture)
    _assert_same(stores.captures.get(key.id, stores.captures.add(key.id, "1,b", capture), Capture), capture)


def test_every_other_token_is_invalid(stores: Stores, key: Key, capture: Capture) -> None:
    other = stores.keys.create("other").key
    token = stores.captures.add(key.id, "1,a", capture)
    for key_id, wrong in [
        (other.id, token),
        (key.id, "0" * 32),
        (key.id, token.upper() if token.upper() != token else "A"),
        (key.id, token[:-1]),
        (key.id, token + " "),
        (key.id, ""),
        (key.id, "\ud800\0"),
        (key.id, "é" * 1024),
    ]:
        with pytest.raises(InvalidTokenError):
            stores.captures.get(key_id, wrong, Capture)


def test_a_token_expires_to_the_second(stores: Stores, key: Key, capture: Capture, clock: SetClock) -> None:
    token = stores.captures.add(key.id, "1,a", capture)
    clock.now += timedelta(hours=24) - timedelta(seconds=1)
    stores.captures.get(key.id, token, Capture)
    clock.now += timedelta(seconds=1)
    with pytest.raises(InvalidTokenError):
        stores.captures.get(key.id, token, Capture)


def test_neither_token_nor_picture_is_in_the_database(
    stores: Stores, key: Key, capture: Capture, database_bytes: Callable[[], bytes]
) -> None:
    token = stores.captures.add(key.id, "1772366400,find-me", capture)
    stored = database_bytes()
    assert b"1772366400,find-me" in stored
    for secret in (token.encode(), bytes.fromhex(token), b"several faces", capture.template.vector.tobytes()[:16]):
        assert secret not in stored


def test_an_altered_capture_is_refused(stores: Stores, key: Key, capture: Capture) -> None:
    token = stores.captures.add(key.id, "1,a", capture)
    with stores.database.writing() as connection:
        sealed = bytearray(connection.execute(sa.select(captures.c.sealed)).scalar_one())
        sealed[100] ^= 1
        connection.execute(sa.update(captures).values(sealed=bytes(sealed)))
    with pytest.raises(SealError):
        stores.captures.get(key.id, token, Capture)


def test_a_capture_moved_to_another_row_is_refused(stores: Stores, key: Key, capture: Capture) -> None:
    other = stores.keys.create("other").key
    theirs = stores.captures.add(other.id, "1,a", capture)
    ours = stores.captures.add(key.id, "1,b", capture)
    with stores.database.writing() as connection:
        sealed = sa.select(captures.c.sealed).where(captures.c.key_id == other.id)
        moved = connection.execute(sealed).scalar_one()
        connection.execute(sa.update(captures).where(captures.c.key_id == key.id).values(sealed=moved))
    with pytest.raises(SealError):
        stores.captures.get(key.id, ours, Capture)
    with stores.database.writing() as connection:  # their row given to our key
        connection.execute(sa.update(captures).where(captures.c.key_id == other.id).values(key_id=key.id))
    with pytest.raises(SealError):
        stores.captures.get(key.id, theirs, Capture)


def test_where_nothing_is_kept_a_token_is_given_and_worth_nothing(
    open_again: Callable[[Keep], Stores], capture: Capture
) -> None:
    stores = open_again(replace(KEEP, captures=timedelta(0)))
    key = stores.keys.create("shop").key
    token = stores.captures.add(key.id, "1,a", capture)
    assert re.fullmatch("[0-9a-f]{32}", token)
    with pytest.raises(InvalidTokenError):
        stores.captures.get(key.id, token, Capture)
    with stores.database.reading() as connection:
        assert connection.execute(sa.select(captures)).all() == []
