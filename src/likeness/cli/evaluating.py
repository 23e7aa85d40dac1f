"""What `likeness evaluate` does."""

import math
import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from likeness import logs
from likeness.cli.evaluate import Chosen
from likeness.cli.evaluation_tables import print_evaluation
from likeness.cli.printing import fail, print_json
from likeness.cli.reading import read, tell_passed_over
from likeness.domain.confidence import Calibration
from likeness.evaluation.bootstrap import RESAMPLES
from likeness.evaluation.calibrated import calibrated
from likeness.evaluation.dataset import Pair, Picture, faces_in, pairs_in
from likeness.evaluation.measure import Readable, compare_all, compare_pairs, measure
from likeness.evaluation.observations import Observations
from likeness.evaluation.results import Calibrated, Evaluation, Made
from likeness.evaluation.wording import same_data
from likeness.models import packs
from likeness.models.making import write_whole
from likeness.models.packs import Pack


def faces(folder: Path, pictures: str, chosen: Chosen) -> None:
    """See `likeness evaluate faces --help`."""
    found = faces_in(folder, pictures)
    tell_passed_over(folder, found)
    _evaluate(folder, found, chosen, lambda seen: compare_all(seen, chosen.seed))


def pairs(file: Path, pictures_dir: Path | None, chosen: Chosen) -> None:
    """See `likeness evaluate pairs --help`."""
    listed = pairs_in(file, pictures_dir)
    root = pictures_dir or file.parent
    _evaluate(root, _of(listed), chosen, lambda seen: compare_pairs(seen, listed, chosen.seed))


def _of(listed: Sequence[Pair]) -> tuple[Picture, ...]:
    """Every picture of the pairs, once."""
    return tuple({picture.path: picture for pair in listed for picture in (pair.first, pair.second)}.values())


def _evaluate(
    root: Path, pictures: tuple[Picture, ...], chosen: Chosen, compare: Callable[[Observations], Readable]
) -> None:
    logs.configure(chosen.settings.log_format)
    if chosen.report is not None:
        require_writable(chosen.report)
    pack = packs.load(chosen.settings.pack, chosen.settings.models_path)
    with read(pictures, pack, chosen, landmark_spread=True) as seen:
        with Console(stderr=True).status("computing error rates and their intervals"):
            contents = packs.require_calibration(pack) if pack.calibrated else None
            readable = compare(seen)
            checked = calibrated(contents, pack, root, seen, readable) if contents else None
            made = _made(root, pack, readable, checked, chosen)
            found = measure(made, seen, readable, Calibration.from_dict(contents) if contents else None)
        if warning := same_data(made.calibration):
            typer.echo(warning, err=True)
        if chosen.no_paths:
            found = _without_paths(found)
        _tell(found, chosen)


def _made(root: Path, pack: Pack, readable: Readable, calibration: Calibrated | None, chosen: Chosen) -> Made:
    people_known = bool((readable.seen.person != "").all())
    return Made(
        at=datetime.now().astimezone().isoformat(sep=" ", timespec="seconds"),
        software=f"likeness {version('likeness')}",
        command=shlex.join(["likeness", *sys.argv[1:]]),
        pack=f"{pack.name} {pack.manifest.version}",
        model_digests=pack.digests,
        calibrated_on=calibration.data_set if calibration else None,
        calibration=calibration,
        source=str(root),
        units="people" if people_known else "pictures",
        resamples=RESAMPLES,
        seed=chosen.seed,
    )


def _without_paths(found: Evaluation) -> Evaluation:
    highest, lowest = (
        tuple(replace(pair, first="", second="") for pair in pairs)
        for pairs in (found.highest_impostors, found.lowest_genuine)
    )
    return replace(found, highest_impostors=highest, lowest_genuine=lowest)


def _tell(found: Evaluation, chosen: Chosen) -> None:
    if chosen.report is not None:
        from likeness.evaluation.report import render  # noqa: PLC0415  charts take a second to load

        write_whole(chosen.report.resolve(), render(found).encode())
    if chosen.as_json:
        print_json(plain(asdict(found)))
        return
    print_evaluation(found)
    if chosen.report is not None:
        typer.echo(f"The report is {chosen.report}.")


def require_writable(report: Path) -> None:
    """Better now than after all pictures were read."""
    target = report.resolve()
    if not target.parent.is_dir():
        fail(f"The report cannot be written: there is no folder {target.parent}.")
    if target.exists() and not target.is_file():
        fail(f"The report cannot be written: {target} is not a file.")
    try:
        tempfile.TemporaryFile(dir=target.parent).close()
    except OSError as error:
        fail(f"The report cannot be written: no file can be made in {target.parent} ({error.strerror}).")


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """The same for JSON: what is not a number becomes null, as JSON has no NaN."""
    if isinstance(value, dict):
        return {name: plain(it) for name, it in value.items()}
    if isinstance(value, list | tuple):
        return [plain(it) for it in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
