"""What judges beside a pack, and is the same in all: head pose, spoken digits, lips and sound. Loads no model."""

import hashlib
import json
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from likeness.domain.spoken import Limits, SpokenThresholds

POSE = "pose/pose.onnx"
"""The network that tells how a head is turned, in the package."""
DIGITS = "spoken/digits.json"
"""In the package: each language's model, words and thresholds."""
LIP_SYNC = "spoken/lip_sync.json"
"""In the package: parameters and thresholds of lip-sync."""
SELFIE = "selfie/thresholds.json"
"""In the package: what selfies are judged by."""
ENGLISH = "en"
"""The language that ships."""


def path(name: str) -> Path:
    """Where one of these files lies."""
    return Path(str(resources.files("likeness"))) / name


def languages() -> tuple[str, ...]:
    """Those in which digits can be heard, as ISO 639-1 codes."""
    return tuple(sorted(_read(DIGITS)["languages"]))


def spoken_language(language: str) -> dict[str, Any]:
    """How a language's digits are heard: `package`, `folder` and `files` of the model, `words`, and thresholds.

    Raises:
        ValueError: digits are not known in the language.
    """
    entries = _read(DIGITS)["languages"]
    if language not in entries:
        msg = f"spoken digits are not known in language {language!r}, but in: {', '.join(sorted(entries))}"
        raise ValueError(msg)
    entry: dict[str, Any] = entries[language]
    return entry


def model_folder(language: str) -> Path:
    """Where the model that hears a language's digits lies, in the package that brings it; that is not run.

    Raises:
        ValueError: digits are not known in the language, or the package is not installed.
    """
    entry = spoken_language(language)
    spec = find_spec(entry["package"])
    if spec is None or not spec.submodule_search_locations:
        msg = f"the package {entry['package']}, which brings the model that hears digits, is not installed"
        raise ValueError(msg)
    return Path(spec.submodule_search_locations[0], str(entry["folder"]))


def lip_sync() -> dict[str, Any]:
    """The file of lip-sync: `parameters`, and a `value` for each of `thresholds`: normal, strict."""
    return _read(LIP_SYNC)


def spoken_thresholds(language: str) -> SpokenThresholds:
    """From which scores on digits count as said, and lips and sound as one.

    Raises:
        ValueError: digits are not known in the language.
    """
    return SpokenThresholds(Limits.from_dict(spoken_language(language)), Limits.from_dict(lip_sync()["thresholds"]))


def digests(language: str) -> dict[str, str]:
    """SHA-256 of each file by name, kept in records beside those of the pack.

    Raises:
        ValueError: digits are not known in the language, or the model that hears them is missing or another.
    """
    found = {it.name: _digest(it) for it in (path(POSE), path(DIGITS), path(LIP_SYNC), path(SELFIE))}
    folder = model_folder(language)
    for name, expected in spoken_language(language)["files"].items():
        if not (folder / name).is_file() or _digest(folder / name) != expected:
            msg = f"{name} of the model that hears digits is missing, or not the one that is known: install it again"
            raise ValueError(msg)
        found[f"whisper {name}"] = expected
    return found


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _read(name: str) -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(path(name).read_text("utf-8"))
    return entries
