"""What judges beside a pack, and is the same in all: head pose, spoken digits, lips and sound."""

import hashlib
from importlib import resources

from likeness.models import digits, lip_sync, pose


def digests(language: str) -> dict[str, str]:
    """SHA-256 of each file by name, kept in records beside those of the pack.

    Raises:
        ValueError: digits are not known in the language.
    """
    package = resources.files("likeness")
    names = (pose.FILE, digits.network_file(language), digits.FILE, lip_sync.FILE)
    return {name.rsplit("/", 1)[-1]: hashlib.sha256((package / name).read_bytes()).hexdigest() for name in names}
