from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from likeness.domain.errors import StorageError
from likeness.domain.records import Key, Record
from likeness.storage.crypto import SealError
from likeness.storage.database import pictures
from likeness.storage.records import RecordFilter
from likeness.storage.retention import Keep
from likeness.storage.stores import Stores
from tests.storage.conftest import KEEP, START, SetClock, make_record

PICTURES = {"image_best": b"\xff\xd8\xffbest face" * 100, "image_ref1": b"\x89PNGreference" * 100}


def test_a_record_comes_back_as_it_was(stores: Stores, key: Key) -> None:
    record = make_record(
        key,
        biz_no="order 7 é \U0001f600",
        uuid="user'); DROP TABLE records; --",
        procedure_validation="PASSED",
        face_genuineness="MASK",
        attacked=True,
        details={"scores": [0.1, 1e-9], "digests": {"embedder": "ab"}, "none": None},
        response={"result_ref1": {"confidence": 59.873}},
    )
    stores.records.add(record, {})
    assert stores.records.get(record.request_id) == record
    assert stores.records.get("1,unknown") is None


def test_a_call_without_a_key_leaves_a_record(stores: Stores) -> None:
    record = make_record(None, outcome="AUTHENTICATION_ERROR", status=403)
    stores.records.add(record, {})
    assert stores.records.get(record.request_id) == record


def test_pictures_come_back_until_their_time(stores: Stores, key: Key, clock: SetClock) -> None:
    record = make_record(key)
    stores.records.add(record, PICTURES)
    assert stores.records.pictures(record.request_id) == PICTURES
    clock.now += timedelta(days=7) - timedelta(seconds=1)
    assert stores.records.pictures(record.request_id) == PICTURES
    clock.now += timedelta(seconds=1)
    assert stores.records.pictures(record.request_id) == {}
    assert stores.records.get(record.request_id) == record


def test_no_picture_is_in_the_database(stores: Stores, key: Key, database_bytes: Callable[[], bytes]) -> None:
    record = make_record(key)
    stores.records.add(record, PICTURES)
    stored = database_bytes()
    assert record.request_id.encode() in stored
    assert b"best face" not in stored
    assert b"reference" not in stored


def test_a_picture_altered_or_moved_is_refused(stores: Stores, key: Key) -> None:
    first, second = make_record(key, 1), make_record(key, 2)
    stores.records.add(first, PICTURES)
    stores.records.add(second, {"image_best": b"other"})
    with stores.database.writing() as connection:
        other = sa.select(pictures.c.sealed).where(pictures.c.request_id == second.request_id)
        sealed = connection.execute(other).scalar_one()
        best = (pictures.c.request_id == first.request_id, pictures.c.name == "image_best")
        connection.execute(sa.update(pictures).where(*best).values(sealed=sealed))
        connection.execute(
            sa.update(pictures).where(pictures.c.request_id == second.request_id).values(sealed=sealed[:-1])
        )
    for record in (first, second):
        with pytest.raises(SealError):
            stores.records.pictures(record.request_id)


def test_a_record_is_written_with_its_pictures_or_not_at_all(stores: Stores, key: Key) -> None:
    record = make_record(key)
    stores.records.add(record, PICTURES)
    with pytest.raises(StorageError):
        stores.records.add(record, {"image_ref2": b"x"})
    assert set(stores.records.pictures(record.request_id)) == set(PICTURES)
    with pytest.raises(StorageError):
        stores.records.add(make_record(key, 1, details={"score": float("nan")}), PICTURES)
    assert stores.records.get(make_record(key, 1).request_id) is None


def test_adds_from_many_threads_lose_nothing(stores: Stores, key: Key) -> None:
    made = [make_record(key, number, uuid=f"user {number}") for number in range(120)]
    with ThreadPoolExecutor(40) as pool:
        list(pool.map(lambda record: stores.records.add(record, {"image_best": record.request_id.encode()}), made))
    assert stores.records.list(RecordFilter(), limit=200) == made[::-1]
    assert all(
        stores.records.pictures(record.request_id) == {"image_best": record.request_id.encode()} for record in made
    )


def test_pages_are_newest_first_and_leave_nothing_out(stores: Stores, key: Key) -> None:
    moments = [5, 3, 3, 3, 9, 1, 3, 7]  # some of the same time
    made = [
        make_record(key, number, received_at=START + timedelta(seconds=moment)) for number, moment in enumerate(moments)
    ]
    for record in made:
        stores.records.add(record, {})
    seen: list[Record] = []
    for _ in range(5):
        seen += stores.records.list(RecordFilter(), limit=2, before=seen[-1].request_id if seen else None)
    order = sorted(range(len(made)), key=lambda number: (moments[number], number), reverse=True)
    assert seen == [made[number] for number in order]
    assert stores.records.list(RecordFilter(), limit=2, before="1,unknown") == []


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (RecordFilter(), [3, 2, 1, 0]),
        (RecordFilter(call="validate_still"), [1]),
        (RecordFilter(outcome="INVALID_TOKEN"), [2]),
        (RecordFilter(biz_no="b"), [1]),
        (RecordFilter(uuid="u"), [3, 0]),
        (RecordFilter(uuid="U"), []),
        (RecordFilter(procedure_validation="PASSED"), [3, 0]),
        (RecordFilter(face_genuineness="MASK"), [3]),
        (RecordFilter(attacked=True), [3]),
        (RecordFilter(attacked=False, call="verify"), [2, 0]),
        (RecordFilter(since=START + timedelta(seconds=1)), [3, 2, 1]),
        (RecordFilter(since=START + timedelta(seconds=1), until=START + timedelta(seconds=3)), [2, 1]),
        (RecordFilter(api_key="a" * 32), []),
    ],
)
def test_filters(stores: Stores, key: Key, wanted: RecordFilter, numbers: list[int]) -> None:
    made = [
        make_record(key, 0, uuid="u", procedure_validation="PASSED", face_genuineness="PASSED"),
        make_record(key, 1, call="validate_still", biz_no="b"),
        make_record(key, 2, outcome="INVALID_TOKEN", status=400),
        make_record(None, 3, uuid="u", procedure_validation="PASSED", face_genuineness="MASK", attacked=True),
    ]
    for record in made:
        stores.records.add(record, {})
    assert stores.records.list(wanted, limit=10) == [made[number] for number in numbers]


def test_records_of_one_key(stores: Stores, key: Key) -> None:
    other = stores.keys.create("other").key
    ours, theirs = make_record(key, 1), make_record(other, 2)
    for record in (ours, theirs, make_record(None, 3)):
        stores.records.add(record, {})
    assert stores.records.list(RecordFilter(api_key=key.api_key), limit=10) == [ours]
    assert stores.records.list(RecordFilter(api_key=other.api_key), limit=10) == [theirs]


def test_an_attack_is_remembered_for_this_user_of_this_key_from_then_on(stores: Stores, key: Key) -> None:
    other = stores.keys.create("other").key
    stores.records.add(make_record(key, 1, uuid="good"), {})
    stores.records.add(make_record(key, 2, uuid="bad", attacked=True), {})
    attack = START + timedelta(seconds=2)
    later = attack + timedelta(microseconds=1)
    assert stores.records.was_attacked(key.id, "bad", later)
    assert not stores.records.was_attacked(key.id, "bad", attack)
    assert not stores.records.was_attacked(key.id, "good", later)
    assert not stores.records.was_attacked(other.id, "bad", later)


def test_nothing_is_kept_where_nothing_shall_be(open_again: Callable[[Keep], Stores]) -> None:
    no_pictures = open_again(replace(KEEP, pictures=timedelta(0)))
    key = no_pictures.keys.create("shop").key
    record = make_record(key)
    no_pictures.records.add(record, PICTURES)
    assert no_pictures.records.get(record.request_id) == record
    assert no_pictures.records.pictures(record.request_id) == {}
    nothing = open_again(replace(KEEP, records=timedelta(0)))
    nothing.records.add(make_record(key, 1), PICTURES)
    assert nothing.records.get(make_record(key, 1).request_id) is None
    assert nothing.records.pictures(make_record(key, 1).request_id) == {}
