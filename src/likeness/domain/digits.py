"""Whether the digits asked for were said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from likeness.domain.spoken import Heard


@dataclass(frozen=True, slots=True)
class DigitThresholds:
    """The scores from which on digits count as said, for one language; `strict` is for `video_strict`."""

    normal: float
    strict: float

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Take the `value` of both levels of a language's entry in `spoken/digits.json`.

        Raises:
            KeyError, TypeError, ValueError: it is not of that form.
        """
        return cls(normal=float(entries["normal"]["value"]), strict=float(entries["strict"]["value"]))

    def said(self, heard: Heard, *, strict: bool) -> bool:
        """Whether what was heard passes for what was asked."""
        return heard.score >= (self.strict if strict else self.normal)
