"""What is kept encrypted, and the key it is encrypted with.

Sealed bytes: version (1 byte, 1) | key id (4) | nonce (12) | AES-256-GCM ciphertext and tag (n + 16). The key id tells
which master key opens them, so that keys can be changed one day.
"""

import hmac
import json
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from likeness.domain.errors import StorageError
from likeness.storage.files import create_once

KEY_BYTES = 32
"""AES-256."""
NONCE_BYTES = 12
"""What GCM is made for (NIST SP 800-38D, 5.2.1.1); random nonces are good for 2**32 messages under one key (8.3)."""
VERSION = b"\x01"
KEY_ID_BYTES = 4


class MasterKeyError(StorageError):
    """The master key cannot be used; says why."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.args = (reason,)


class SealError(StorageError):
    """Sealed bytes do not open: altered, moved to another row, or sealed with another master key; says which."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.args = (reason,)


class MasterKey:
    """Seals and opens bytes; 2**32 of them at most."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.key_id = hmac.digest(key, b"likeness master key id", "sha256")[:KEY_ID_BYTES]

    @classmethod
    def load_or_create(cls, path: Path) -> "MasterKey":
        """The key of a file, which is made, mode 0600, when absent; processes that start at once agree on one key.

        Raises:
            MasterKeyError: others may read the file, it does not hold 32 bytes, or it cannot be read or made.
        """
        try:
            create_once(path, _fill)
            return cls(_read(path))
        except OSError as error:
            msg = f"the master key {path} cannot be read or made: {error.strerror}"
            raise MasterKeyError(msg) from error

    def seal(self, clear: bytes, *row: str) -> bytes:
        """Encrypt `clear` for one row, named by its table and key; it opens nowhere else."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        header = VERSION + self.key_id
        return header + nonce + self._cipher.encrypt(nonce, clear, _bound(header, row))

    def open(self, sealed: bytes, *row: str) -> bytes:
        """What `seal` was given for the same row.

        Raises:
            SealError: altered, of another row, or of another master key.
        """
        header, rest = sealed[: 1 + KEY_ID_BYTES], sealed[1 + KEY_ID_BYTES :]
        if header[:1] != VERSION:
            msg = f"unknown version of the sealed bytes of {row[0]}"
            raise SealError(msg)
        if header[1:] != self.key_id:
            msg = f"these {row[0]} were sealed with another master key"
            raise SealError(msg)
        try:
            return self._cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(header, row))
        except (InvalidTag, ValueError) as error:
            msg = f"sealed bytes of {row[0]} were altered or moved"
            raise SealError(msg) from error


def _bound(header: bytes, row: tuple[str, ...]) -> bytes:
    # JSON, so that ("a", "bc") and ("ab", "c") differ.
    return header + json.dumps(row).encode()


def _fill(draft: Path) -> None:
    draft.write_bytes(secrets.token_bytes(KEY_BYTES))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        key = file.read(KEY_BYTES + 1)
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        msg = f"others may read the master key {path} (mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}"
        raise MasterKeyError(msg)
    if len(key) != KEY_BYTES:
        msg = f"the master key {path} does not hold {KEY_BYTES} bytes; restore it from a backup"
        raise MasterKeyError(msg)
    return key
