from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from likeness.domain.errors import AuthenticationError, AuthorizationDeniedError
from likeness.domain.records import Key, Permission
from likeness.storage.keys import UnknownKeyError
from likeness.storage.stores import Stores


def test_a_key_and_its_secret_authenticate(stores: Stores) -> None:
    new = stores.keys.create("shop", [Permission.STILL, Permission.COMPARE], calls_under_way_limit=3)
    key = stores.keys.authenticate(new.key.api_key, new.api_secret)
    assert key == new.key
    assert key.permissions == {Permission.STILL, Permission.COMPARE}
    assert (key.calls_under_way_limit, key.calls_limit, key.calls_used, key.enabled) == (3, None, 0, True)


def test_keys_and_secrets_are_plain_text_of_32_characters(stores: Stores) -> None:
    made = [stores.keys.create(str(number)) for number in range(5)]
    texts = [new.key.api_key for new in made] + [new.api_secret for new in made]
    assert len(set(texts)) == 10
    assert all(len(text) == 32 and text.isascii() and text.isalnum() for text in texts)


def test_whatever_is_not_the_pair_is_refused(stores: Stores) -> None:
    new, other = stores.keys.create("shop"), stores.keys.create("other")
    api_key, secret = new.key.api_key, new.api_secret
    wrong = [
        (api_key, other.api_secret),
        (api_key, ""),
        (api_key, secret[:-1]),
        (api_key, secret + "x"),
        (api_key, "\ud800"),
        ("a" * 32, secret),
        (api_key.swapcase(), secret),
        ("", secret),
        ("\ud800\0", secret),
        ("%", secret),
    ]
    for pair in wrong:
        with pytest.raises(AuthenticationError):
            stores.keys.authenticate(*pair)


def test_the_secret_is_nowhere_in_the_database(stores: Stores, database_bytes: Callable[[], bytes]) -> None:
    new = stores.keys.create("shop")
    stored = database_bytes()
    assert new.key.api_key.encode() in stored
    assert new.api_secret.encode() not in stored
    assert new.api_secret not in repr(new)


def test_a_disabled_key_is_known_as_such(stores: Stores) -> None:
    new = stores.keys.create("shop")
    assert not stores.keys.set_enabled(new.key.api_key, enabled=False).enabled
    assert not stores.keys.authenticate(new.key.api_key, new.api_secret).enabled
    stores.keys.set_enabled(new.key.api_key, enabled=True)
    assert stores.keys.authenticate(new.key.api_key, new.api_secret) == new.key


def test_an_unlimited_key_is_not_counted(stores: Stores, key: Key) -> None:
    stores.keys.count_call(key.id)
    assert stores.keys.list() == [key]


def test_calls_are_counted_up_to_the_limit_and_anew_with_a_new_one(stores: Stores, key: Key) -> None:
    stores.keys.limit_calls(key.api_key, 2)
    stores.keys.count_call(key.id)
    stores.keys.count_call(key.id)
    with pytest.raises(AuthorizationDeniedError):
        stores.keys.count_call(key.id)
    assert stores.keys.list() == [replace(key, calls_limit=2, calls_used=2)]
    assert stores.keys.limit_calls(key.api_key, 1) == replace(key, calls_limit=1, calls_used=0)
    stores.keys.count_call(key.id)
    assert stores.keys.limit_calls(key.api_key, None) == key


def test_the_limit_is_exact_when_50_threads_call_at_once(stores: Stores) -> None:
    key = stores.keys.create("shop", calls_limit=20).key

    def call(_: int) -> bool:
        try:
            stores.keys.count_call(key.id)
        except AuthorizationDeniedError:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(call, range(50))) == 20
    assert stores.keys.list()[0].calls_used == 20


def test_keys_are_listed_in_the_order_they_were_made(stores: Stores) -> None:
    made = [stores.keys.create(name).key for name in "cab"]
    assert stores.keys.list() == made


def test_an_unknown_key_cannot_be_changed(stores: Stores) -> None:
    with pytest.raises(UnknownKeyError):
        stores.keys.set_enabled("a" * 32, enabled=False)
    with pytest.raises(UnknownKeyError):
        stores.keys.limit_calls("a" * 32, 1)
    with pytest.raises(UnknownKeyError):
        stores.keys.limit_calls_under_way("a" * 32, 1)
