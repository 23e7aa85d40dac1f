"""Making a private file whole or not at all."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def create_once(path: Path, fill: Callable[[Path], None]) -> None:
    """Make a file, mode 0600, unless it exists; its name appears with all it holds, also when processes start at once.

    Args:
        path: where; folders above it are made, mode 0700.
        fill: writes into the empty file that it is handed the path of.

    Raises:
        OSError: it cannot be made.
    """
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Filled under another name, then linked: unlike renaming, linking leaves alone what another process made first.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        fill(draft)
        _sync(draft)
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    _sync(path.parent)


def _sync(path: Path) -> None:
    if os.name == "posix":  # Windows syncs neither folders nor files opened for reading
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
