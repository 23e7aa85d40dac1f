"""The keys that may call."""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from likeness.domain.errors import AuthenticationError, AuthorizationDeniedError
from likeness.domain.records import Key, Permission
from likeness.storage.clock import Clock, utc_now
from likeness.storage.database import Database, keys

ALPHABET = string.ascii_letters + string.digits
KEY_CHARS = 32
"""32 of 62 characters: 190 bits, for the secret well beyond guessing."""
SALT_BYTES = 16

_API_KEY = re.compile(rf"[A-Za-z0-9]{{{KEY_CHARS}}}")
_NO_SALT = bytes(SALT_BYTES)
_NO_HASH = bytes(hashlib.sha256().digest_size)
_SECRET = sa.select(keys.c.id, keys.c.secret_salt, keys.c.secret_hash).where(keys.c.api_key == sa.bindparam("wanted"))
_BY_ID = sa.select(keys).where(keys.c.id == sa.bindparam("wanted"))


class UnknownKeyError(LookupError):
    """There is no such api_key."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A fresh key with its secret, which is shown this once and kept nowhere."""

    key: Key
    api_secret: str = field(repr=False)


class KeyStore:
    """Keys in the database; secrets only as salted hashes."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def create(
        self,
        name: str,
        permissions: Collection[Permission] = tuple(Permission),
        *,
        calls_under_way_limit: int | None = None,
        calls_limit: int | None = None,
    ) -> NewKey:
        """Make a key; a limit of None means unlimited.

        Raises:
            StorageError: the database could not be written.
        """
        api_key, api_secret = _random_text(), _random_text()
        salt = secrets.token_bytes(SALT_BYTES)
        values = {
            "api_key": api_key,
            "secret_salt": salt,
            "secret_hash": _hash(api_secret, salt),
            "name": name,
            "permissions": sorted(set(permissions)),
            "enabled": True,
            "calls_under_way_limit": calls_under_way_limit,
            "calls_limit": calls_limit,
            "calls_used": 0,
            "created_at": self._clock(),
        }
        with self._database.writing() as connection:
            row = connection.execute(sa.insert(keys).values(values).returning(keys)).one()
        return NewKey(_key(row), api_secret)

    def list(self) -> list[Key]:
        """Every key, the oldest first.

        Raises:
            StorageError: the database could not be read.
        """
        with self._database.reading() as connection:
            return [_key(row) for row in connection.execute(sa.select(keys).order_by(keys.c.id))]

    def set_enabled(self, api_key: str, *, enabled: bool) -> Key:
        """Let a key call, or not, from its next call on.

        Raises:
            UnknownKeyError: there is no such key.
            StorageError: the database could not be written.
        """
        return self._update(api_key, {"enabled": enabled})

    def limit_calls_under_way(self, api_key: str, limit: int | None) -> Key:
        """Set how many calls a key may have under way at once; None for as many as the server takes.

        Raises:
            UnknownKeyError: there is no such key.
            StorageError: the database could not be written.
        """
        return self._update(api_key, {"calls_under_way_limit": limit})

    def limit_calls(self, api_key: str, limit: int | None) -> Key:
        """Set how many calls a key may make from now on; None for as many as it likes.

        Raises:
            UnknownKeyError: there is no such key.
            StorageError: the database could not be written.
        """
        return self._update(api_key, {"calls_limit": limit, "calls_used": 0})

    def authenticate(self, api_key: str, api_secret: str) -> Key:
        """The key of a pair; it may be disabled.

        Raises:
            AuthenticationError: unknown key or wrong secret; the work done, and so the time, is the same.
            StorageError: the database could not be read.
        """
        # What is not shaped like a key may not even be storable text; it is looked up as a key that cannot exist.
        wanted = api_key if _API_KEY.fullmatch(api_key) else ""
        with self._database.reading() as connection:
            # Only what the comparison needs: reading the whole row would take longer than finding none.
            found = connection.execute(_SECRET, {"wanted": wanted}).one_or_none()
            key_id, salt, expected = found or (None, _NO_SALT, _NO_HASH)
            if not hmac.compare_digest(_hash(api_secret, salt), expected) or key_id is None:
                raise AuthenticationError
            return _key(connection.execute(_BY_ID, {"wanted": key_id}).one())

    def count_call(self, key_id: int) -> None:
        """Count one call against the key's total, exactly, however many call at once.

        Only a key with a total is written; a caller that sees `key.calls_limit is None` may skip this.

        Raises:
            AuthorizationDeniedError: the total is used up.
            StorageError: the database could not be written.
        """
        with self._database.reading() as connection:
            limit = connection.execute(sa.select(keys.c.calls_limit).where(keys.c.id == key_id)).scalar_one_or_none()
        if limit is None:
            return
        count = (
            sa.update(keys)
            .where(keys.c.id == key_id, sa.or_(keys.c.calls_limit.is_(None), keys.c.calls_used < keys.c.calls_limit))
            .values(calls_used=keys.c.calls_used + 1)
        )
        with self._database.writing() as connection:
            counted = connection.execute(count).rowcount
        if not counted:
            raise AuthorizationDeniedError

    def _update(self, api_key: str, values: dict[str, Any]) -> Key:
        change = sa.update(keys).where(keys.c.api_key == api_key).values(values).returning(keys)
        with self._database.writing() as connection:
            row = connection.execute(change).one_or_none()
        if row is None:
            raise UnknownKeyError(api_key)
        return _key(row)


def _random_text() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(KEY_CHARS))


def _hash(api_secret: str, salt: bytes) -> bytes:
    # A slow password hash protects secrets that people chose; these are 190 random bits, which no speed of guessing
    # reaches, so one SHA-256 is enough, and costs a microsecond in every call.
    return hashlib.sha256(salt + api_secret.encode("utf-8", "surrogatepass")).digest()


def _key(row: sa.Row[Any]) -> Key:
    return Key(
        id=row.id,
        api_key=row.api_key,
        name=row.name,
        permissions=frozenset(map(Permission, row.permissions)),
        enabled=row.enabled,
        calls_under_way_limit=row.calls_under_way_limit,
        calls_limit=row.calls_limit,
        calls_used=row.calls_used,
        created_at=row.created_at,
    )
