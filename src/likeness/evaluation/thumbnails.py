"""Small pictures of files for a report; each file is decoded in a process of its own, which may fail or hang."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from likeness.evaluation.attacks import Unit

BYTES_MAX = 100_000
"""A JPEG of pipeline.thumbnail.SIDE_PX takes a tenth of it."""


def thumbnails(files: Sequence[tuple[Path, Unit]], *, at_once: int, deadline_s: float) -> list[bytes | None]:
    """A small JPEG of every file; None of one that cannot be read.

    Args:
        files: pictures and clips.
        at_once: processes at a time.
        deadline_s: seconds each may take.
    """
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda it: _thumbnail(it[0], it[1], deadline_s), files))


def _thumbnail(path: Path, unit: Unit, deadline_s: float) -> bytes | None:
    try:
        with path.open("rb") as file:
            # No shell, and no import from the current folder (-P). What libraries print may quote bytes: dropped.
            made = subprocess.run(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", "likeness.pipeline.thumbnail", unit],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=deadline_s,
                check=True,
            ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    # It comes from a process that read anyone's bytes.
    return made if len(made) <= BYTES_MAX and made.startswith(b"\xff\xd8\xff") and made.endswith(b"\xff\xd9") else None
