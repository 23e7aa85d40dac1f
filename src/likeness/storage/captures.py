"""What tokens stand for, encrypted, until they expire."""

import hashlib
import secrets
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa

from likeness.domain.capture import Kept
from likeness.domain.errors import InvalidTokenError
from likeness.storage.capture_codec import decode_kept, encode_kept
from likeness.storage.clock import Clock, utc_now
from likeness.storage.crypto import MasterKey
from likeness.storage.database import Database, captures

TOKEN_BYTES = 16
"""32 hexadecimal digits, 128 random bits."""

_K = TypeVar("_K", bound=Kept)


class CaptureStore:
    """Captures in the database; of a token only its hash is kept."""

    def __init__(self, database: Database, master_key: MasterKey, keep: timedelta, clock: Clock = utc_now) -> None:
        self._database = database
        self._master_key = master_key
        self._keep = keep
        self._clock = clock

    def add(self, key_id: int, request_id: str, kept: Kept) -> str:
        """Keep what a token stands for and return its token: 32 lowercase hexadecimal digits.

        Where captures are not kept (a keeping time of nothing) the token is as good as expired from the start.

        Raises:
            StorageError: the database could not be written.
        """
        token = secrets.token_hex(TOKEN_BYTES)
        if not self._keep:
            return token
        now = self._clock()
        token_hash = _hash(token)
        values = {
            "token_hash": token_hash,
            "key_id": key_id,
            "request_id": request_id,
            "created_at": now,
            "expires_at": now + self._keep,
            "sealed": self._master_key.seal(encode_kept(kept), "captures", token_hash.hex(), str(key_id)),
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(captures).values(values))
        return token

    def get(self, key_id: int, token: str, kind: type[_K]) -> _K:
        """What a token of this kind stands for.

        Raises:
            InvalidTokenError: unknown, expired, malformed or another key's, all by the same path, in the same time; of
                another kind; or kept by another version of likeness.
            StorageError: the database could not be read, or what is there does not open.
        """
        token_hash = _hash(token)
        wanted = sa.select(captures.c.sealed).where(
            captures.c.token_hash == token_hash, captures.c.key_id == key_id, captures.c.expires_at > self._clock()
        )
        with self._database.reading() as connection:
            sealed = connection.execute(wanted).scalar_one_or_none()
        if sealed is None:
            raise InvalidTokenError
        kept = decode_kept(self._master_key.open(sealed, "captures", token_hash.hex(), str(key_id)))
        if not isinstance(kept, kind):
            raise InvalidTokenError
        return kept


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
