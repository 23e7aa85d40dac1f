"""`likeness calibrate`: turn the scores of strangers into false-match rates."""

from pathlib import Path
from typing import Annotated

import typer

from likeness.cli.evaluate import SEED, Centred, Fresh, Keep, PackName, People, Pictures, Seed, Work, Workers, chosen_of
from likeness.cli.options import AsJson, DataDir
from likeness.evaluation.dataset import ALL_PICTURES

NO_PATHS = True
"""A calibration names no picture."""

Output = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        dir_okay=False,
        show_default="calibration.json beside the pack's models, where the server looks first",
        help="Where the calibration is written.",
    ),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="TEXT", show_default="DIR's name", help="What the data set is called in it."),
]


def calibrate(  # noqa: PLR0913, PLR0917 - each is an option
    folder: People,
    pack: PackName = None,
    pictures: Pictures = ALL_PICTURES,
    output: Output = None,
    name: Name = None,
    as_json: AsJson = False,
    workers: Workers = None,
    work: Work = None,
    fresh: Fresh = False,
    keep: Keep = False,
    centred: Centred = False,
    seed: Seed = SEED,
    data_dir: DataDir = None,
) -> None:
    """Calibrate a pack on pictures of people: DIR/PERSON/*, best of your own people.

    Compares every two pictures of different people and writes how often strangers reach each score: from there come
    the confidence and the four thresholds of every comparison. 150 people are the least, a thousand is better;
    thresholds that they cannot support are marked. No single pair decides: the highest scores count by rank alone, as
    wrong labels are among them. A server takes the calibration from its next start on; remove the file to go back to
    the shipped one.

    Then measure on *other* people how it holds: `likeness evaluate faces`.

    Example: likeness calibrate pictures --pack default
    """
    from likeness.cli import calibrating  # noqa: PLC0415  brings the engine along

    chosen = chosen_of(pack, None, as_json, NO_PATHS, workers, work, fresh, keep, seed, data_dir, centred=centred)
    calibrating.calibrate(folder, pictures, output, name, chosen)
