"""A strict streaming reader of multipart and urlencoded bodies, and typed access to what it read."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from likeness.domain.errors import BadArgumentError, EntityTooLargeError, MissingArgumentError
from likeness.wire.fields import TEXT_LIMIT_BYTES, Field, FormSpec

BODY = "body"
"""What `BAD_ARGUMENTS` names when the body itself does not parse."""
MAX_SEGMENTS = 64
"""Ours: far more parts than any call has fields; bounds what a hostile body can make us allocate."""


@dataclass(slots=True)
class Form:
    """A body as far as it could be read.

    values: raw bytes by field name. damaged: fields that were repeated, files where text is due or the reverse.
    defect: the part during which the body broke off or stopped parsing (`body` outside any part); None when sound.
    """

    spec: FormSpec
    values: dict[str, bytes] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    defect: str | None = None

    def credentials(self) -> tuple[str, str]:
        """The key and secret; raises MissingArgumentError or BadArgumentError."""
        for name in ("api_key", "api_secret"):
            self._require(name)
        return self._text("api_key"), self._text("api_secret")

    def refuse_announced(self, content_length: str) -> None:
        """Raises EntityTooLargeError when the announced length is more than the call can hold, before any is read."""
        if content_length.isdecimal() and int(content_length) > self.spec.limit_bytes:
            raise EntityTooLargeError

    def check(self) -> None:
        """Judge the form: it parsed, required fields are there, values are allowed, each in table order.

        Raises:
            MissingArgumentError: a required field is missing or empty.
            BadArgumentError: the body does not parse, or a value is not allowed.
        """
        if self.defect:
            raise BadArgumentError(self.defect)
        for item in self.spec:
            if item.required:
                self._require(item.name)
        if self.spec.any_of and not any(self._sent(name) for name in self.spec.any_of):
            raise MissingArgumentError(self.spec.any_of[0])
        for item in self.spec:
            self._check_value(item)

    def echo(self, name: str) -> str | None:
        """A text field exactly as sent, whatever is wrong with it; None where it was not sent or is not text."""
        value = self.values.get(name)
        try:
            return value.decode() if value else None
        except UnicodeDecodeError:
            return None

    def text(self, name: str) -> str:
        """A checked text field, or its default, or the empty string."""
        item = self.spec.get(name)
        return self._text(name) if self._sent(name) else (item.default or "" if item else "")

    def is_on(self, name: str) -> bool:
        """Whether a checked switch is "1"."""
        return self.text(name) == "1"

    def file(self, name: str) -> bytes:
        """The bytes of a file field; empty when it was not sent."""
        return self.values.get(name, b"")

    def _sent(self, name: str) -> bool:
        return bool(self.values.get(name)) or name in self.damaged

    def _require(self, name: str) -> None:
        if self._sent(name):
            return
        raise BadArgumentError(self.defect) if self.defect else MissingArgumentError(name)

    def _text(self, name: str) -> str:
        if name in self.damaged:
            raise BadArgumentError(name)
        try:
            text = self.values[name].decode()
        except UnicodeDecodeError:
            raise BadArgumentError(name) from None
        if "\0" in text:  # no database column or log line can hold it
            raise BadArgumentError(name)
        return text

    def _check_value(self, item: Field) -> None:
        if item.name in self.damaged:
            raise BadArgumentError(item.name)
        if item.is_file or not self._sent(item.name):
            return
        text = self._text(item.name)
        too_long = (item.max_chars is not None and len(text) > item.max_chars) or (
            item.max_bytes is not None and len(self.values[item.name]) > item.max_bytes
        )
        if too_long or (item.allowed and text not in item.allowed):
            raise BadArgumentError(item.name)


async def read_form(form: Form, content_type: str, chunks: AsyncIterator[bytes], timeout_s: float) -> None:
    """Read a body into `form`; what cannot be parsed is noted in the form and judged later, after the caller is known.

    Raises:
        EntityTooLargeError: a file, all text together or the whole body is over its limit; the rest is not read.
    """
    kind, options = parse_options_header(content_type)
    try:
        async with asyncio.timeout(timeout_s):
            if kind == "multipart/form-data":
                await _read_multipart(form, options.get("boundary", ""), _limited(chunks, form.spec.limit_bytes))
            elif kind == "application/x-www-form-urlencoded":
                await _read_urlencoded(form, _limited(chunks, TEXT_LIMIT_BYTES))
            else:
                form.defect = BODY if kind else None
    except TimeoutError:
        form.defect = form.defect or BODY


async def _limited(chunks: AsyncIterator[bytes], limit_bytes: int) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limit_bytes:
            raise EntityTooLargeError
        yield chunk


async def _read_multipart(form: Form, boundary: str, chunks: AsyncIterator[bytes]) -> None:
    parts = _Parts(form)
    try:
        with PushMultipartParser(boundary, max_segment_count=MAX_SEGMENTS) as parser:
            async for chunk in chunks:
                for event in parser.parse(chunk) if chunk else ():
                    parts.take(event)
    except MultipartError:
        form.defect = parts.known_name or BODY


class _Parts:
    """Collects the parser's events: a segment's head, its bytes, then None at its end."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._item: Field | None = None
        self._is_file = False
        self._data = bytearray()
        self._text_bytes = 0

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if event is None:
            self._end()
        elif isinstance(event, MultipartSegment):
            self._begin(event)
        elif self._item is not None:
            self._grow(self._item, event)

    @property
    def known_name(self) -> str | None:
        """The name of the part being read, if the call has such a field."""
        return self._item.name if self._item else None

    def _begin(self, segment: MultipartSegment) -> None:
        self._item = self._form.spec.get(segment.name)
        self._is_file = segment.filename is not None
        self._data = bytearray()

    def _grow(self, item: Field, chunk: bytes | bytearray) -> None:
        self._data += chunk
        if item.limit_bytes is None:
            self._text_bytes += len(chunk)
        too_large = item.limit_bytes is not None and len(self._data) > item.limit_bytes
        if too_large or self._text_bytes > TEXT_LIMIT_BYTES:
            raise EntityTooLargeError

    def _end(self) -> None:
        if self._item is not None:
            # A file part may come without a filename, text never with one.
            _keep(self._form, self._item, bytes(self._data), as_file=self._is_file or self._item.is_file)
        self._item = None


def _keep(form: Form, item: Field, value: bytes, *, as_file: bool) -> None:
    if item.name in form.values or as_file != item.is_file:
        form.damaged.add(item.name)
    form.values.setdefault(item.name, value)


async def _read_urlencoded(form: Form, chunks: AsyncIterator[bytes]) -> None:
    pairs = b"".join([chunk async for chunk in chunks]).split(b"&", MAX_SEGMENTS)
    if len(pairs) > MAX_SEGMENTS:
        form.defect = BODY
    for pair in pairs[:MAX_SEGMENTS]:
        name, _, value = (unquote_to_bytes(part.replace(b"+", b" ")) for part in pair.partition(b"="))
        item = form.spec.get(name.decode(errors="replace"))
        if item is not None:
            _keep(form, item, value, as_file=False)
