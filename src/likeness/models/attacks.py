"""Which detectors of attacks a pack has, without loading them."""

from pathlib import Path

from likeness.models.packs import Pack, files

HELPERS = frozenset({"replay", "banding"})
"""Files of a stage of genuineness that are no detectors of their own: they add to that of screens."""


def detectors(pack: Pack) -> frozenset[str]:
    """The names under which a pack's detectors of attacks give their scores."""
    used = files(pack)
    own = {Path(it.file.name).stem for it in used if it.stage == "genuineness"} - HELPERS
    return frozenset(own | {it.kind for it in used if it.stage == "second_opinion"})
