"""What judges beside a pack, and is the same in all: head pose, spoken digits, lips and sound. Loads no model."""

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

from likeness.domain.spoken import Limits, SpokenThresholds

POSE = "pose/pose.onnx"
"""The network that tells how a head is turned, in the package."""
DIGITS = "spoken/digits.json"
"""In the package: each language's network and thresholds."""
LIP_SYNC = "spoken/lip_sync.json"
"""In the package: parameters and thresholds of lip-sync."""
ENGLISH = "en"
"""The language that ships."""


def path(name: str) -> Path:
    """Where one of these files lies."""
    return Path(str(resources.files("likeness"))) / name


def languages() -> tuple[str, ...]:
    """Those in which digits can be heard, as ISO 639-1 codes."""
    return tuple(sorted(_read(DIGITS)["languages"]))


def digit_network(language: str) -> Path:
    """The network that hears a language's digits.

    Raises:
        ValueError: digits are not known in the language.
    """
    return path(DIGITS).with_name(_entry(language)["network"])


def lip_sync() -> dict[str, Any]:
    """The file of lip-sync: `parameters`, and a `value` for each of `thresholds`: normal, strict."""
    return _read(LIP_SYNC)


def spoken_thresholds(language: str) -> SpokenThresholds:
    """From which scores on digits count as said, and lips and sound as one.

    Raises:
        ValueError: digits are not known in the language.
    """
    return SpokenThresholds(Limits.from_dict(_entry(language)), Limits.from_dict(lip_sync()["thresholds"]))


def digests(language: str) -> dict[str, str]:
    """SHA-256 of each file by name, kept in records beside those of the pack.

    Raises:
        ValueError: digits are not known in the language.
    """
    used = [path(POSE), digit_network(language), path(DIGITS), path(LIP_SYNC)]
    return {it.name: hashlib.sha256(it.read_bytes()).hexdigest() for it in used}


def _entry(language: str) -> dict[str, Any]:
    entries = _read(DIGITS)["languages"]
    if language not in entries:
        msg = f"spoken digits are not known in language {language!r}, but in: {', '.join(sorted(entries))}"
        raise ValueError(msg)
    entry: dict[str, Any] = entries[language]
    return entry


def _read(name: str) -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(path(name).read_text("utf-8"))
    return entries
