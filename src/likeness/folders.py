"""Making the folder of what is kept."""

from pathlib import Path


def make_private(folder: Path) -> Path:
    """Make a folder, mode 0700, unless it exists; the mode of one that exists is its owner's business.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
