"""Which calibration an evaluation checks, and whether it checks it on what it was made of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from likeness.evaluation.measure import Readable
from likeness.evaluation.observations import NOT_CENTRED, Observations
from likeness.evaluation.results import Calibrated
from likeness.models import packs
from likeness.models.packs import Pack


def calibrated(
    contents: Mapping[str, Any], pack: Pack, root: Path, seen: Observations, readable: Readable
) -> Calibrated:
    """What is told of a calibration.

    The data are taken to be the same where their folder has the data set's name, as `likeness calibrate` gives it, or
    where as many pictures were looked at and a face was read of as many people.

    Args:
        contents: of the calibration's file.
        pack: whose calibration it is.
        root: folder of the pictures that are evaluated on.
        seen: all of them.
        readable: those with a template.

    Raises:
        OSError: the file cannot be read.
    """
    path = pack.calibration_path
    data_set = str(contents.get("data_set", "unknown"))
    people, pictures = (_count(contents.get(name)) for name in ("people", "pictures"))
    here = (len(readable.compared.size), int((seen.outcome != NOT_CENTRED).sum()))
    same_name = root.resolve().name.casefold() == data_set.casefold()
    return Calibrated(
        own=path == pack.own_calibration,
        data_set=data_set,
        people=people,
        pictures=pictures,
        sha256=packs.digest(path),
        same_data=same_name or here == (people, pictures),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None
