"""What the use cases need from the outside: the few Protocols that adapters satisfy.

Storage methods are synchronous and may block; the use cases run them in threads.
"""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from likeness.domain.capture import AS_CALLED, ClipObservation, ClipRequest, ImageObservation, ImageRequest, Kept
from likeness.domain.records import Key, Record

_K = TypeVar("_K", bound=Kept)


class Engine(Protocol):
    """Looks at encoded bytes in a worker process; one hop per picture or clip."""

    async def observe_image(self, data: bytes, request: ImageRequest) -> ImageObservation:
        """Raises ImageFormatError, ImageSizeError, ConcurrencyLimitError (queue full) or EngineError."""
        ...

    async def observe_clip(self, data: bytes, request: ClipRequest = AS_CALLED) -> ClipObservation:
        """Raises VideoFormatError, VideoDurationError, VideoNoAudioError, ConcurrencyLimitError or EngineError."""
        ...


class Keys(Protocol):
    """The keys that may call."""

    def authenticate(self, api_key: str, api_secret: str) -> Key:
        """Raises AuthenticationError; takes the same time whether the key is unknown or the secret wrong."""
        ...

    def count_call(self, key_id: int) -> None:
        """Count one call against the key's total; raises AuthorizationDeniedError when it is used up."""
        ...


class Captures(Protocol):
    """What tokens stand for, encrypted, until they expire."""

    def add(self, key_id: int, request_id: str, kept: Kept) -> str:
        """Keep what a token stands for and return the fresh token."""
        ...

    def get(self, key_id: int, token: str, kind: type[_K]) -> _K:
        """Raises InvalidTokenError: the token is unknown, expired, malformed, another key's or of another kind."""
        ...


class Records(Protocol):
    """One record per call; pictures are kept beside it, encrypted."""

    def add(self, record: Record, pictures: dict[str, bytes]) -> None:
        """Write the record and the named pictures in one transaction; on disk when this returns."""
        ...

    def was_attacked(self, key_id: int, uuid: str, before: datetime) -> bool:
        """Whether an earlier verify of this uuid under this key ended in an attack."""
        ...


class Limits(Protocol):
    """Calls under way, per key and for the whole server."""

    def admit(self, key: Key) -> AbstractAsyncContextManager[None]:
        """Hold one place while the call runs; raises ConcurrencyLimitError when none is free."""
        ...
