"""The calibration file of a pack: the shipped one, or an operator's own, made with `likeness calibrate`."""

import json
from pathlib import Path
from typing import Any

from likeness.domain.confidence import Calibration
from likeness.models.manifest import PackError

OWN_NAME = "calibration.json"
"""An operator's own lies under this name beside the pack's models."""


def read(pack: str, path: Path, digests: dict[str, str]) -> dict[str, Any]:
    """The parsed calibration file of a pack.

    Args:
        pack: the pack's name.
        path: the file.
        digests: of the pack's models and their parameters; the calibration must have been made with exactly these.

    Raises:
        PackError: there is none, so that the pack's scores mean nothing and it cannot be served, it is damaged, or it
            was made for another pack or with other models.
    """
    try:
        calibration = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        msg = (
            f"model pack {pack!r} has no calibration file ({path.name}) and cannot be served; "
            "`likeness calibrate` makes one from pictures of your own people"
        )
        raise PackError(msg) from error
    except (OSError, ValueError, RecursionError) as error:
        msg = f"the calibration file of model pack {pack!r} ({path}) cannot be read: {error}"
        raise PackError(msg) from error
    try:
        known = Calibration.from_dict(calibration)
        made_with = dict(calibration.get("model_digests", {}).items())
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        msg = f"the calibration file of model pack {pack!r} ({path}) is damaged: {error}"
        raise PackError(msg) from error
    if known.pack != pack:
        msg = f"the calibration file {path} is of model pack {known.pack!r}, not {pack!r}"
        raise PackError(msg)
    if other := sorted(name for name in made_with | digests if made_with.get(name) != digests.get(name)):
        msg = (
            f"the calibration file {path} was made with other models ({', '.join(other)}); run likeness calibrate again"
        )
        raise PackError(msg)
    return dict(calibration)
