"""Plain values as they come from a worker, which is not trusted: each is checked, or refused."""

from collections.abc import Callable
from typing import Any, TypeVar

ROUNDING = 1e-3
"""float32 vectors of unit length, and their products, are off by less."""
TEXT_CHARS_MAX = 1000

_T = TypeVar("_T")


class ReplyError(ValueError):
    """A reply that no worker in its senses sends; says nothing of what it holds."""


def need(condition: bool) -> None:
    """Raises ReplyError unless the condition holds."""
    if not condition:
        raise ReplyError


def rows(value: object) -> list[Any]:
    """A list; raises ReplyError for anything else."""
    if not isinstance(value, list):
        raise ReplyError
    return value


def row(value: object, length: int) -> list[Any]:
    """A list of so many values; raises ReplyError for anything else."""
    row = rows(value)
    need(len(row) == length)
    return row


def number(value: object, low: float, high: float) -> float:
    """A number within these bounds, both inclusive; raises ReplyError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ReplyError
    return float(value)


def whole(value: object, low: int, high: int) -> int:
    """A whole number within these bounds, both inclusive; raises ReplyError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ReplyError
    return value


def cosine(value: object) -> float:
    """A cosine similarity, up to rounding; raises ReplyError for anything else."""
    return number(value, -1 - ROUNDING, 1 + ROUNDING)


def text(value: object) -> str:
    """Printable text of at most TEXT_CHARS_MAX; raises ReplyError for anything else."""
    if not isinstance(value, str) or len(value) > TEXT_CHARS_MAX or not value.isprintable():
        raise ReplyError
    return value


def maybe(read: Callable[[Any], _T], value: object) -> _T | None:
    """None, or what `read` makes of the value."""
    return None if value is None else read(value)
