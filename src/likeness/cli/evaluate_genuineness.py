"""`likeness evaluate genuineness`: measure how well attacks are told from live people."""

from pathlib import Path
from typing import Annotated

import typer

from likeness.cli.evaluate import SEED, Fresh, NoPaths, PackName, Report, Workers, chosen_of
from likeness.cli.options import AsJson, DataDir
from likeness.domain.genuineness import Level

Attacks = Annotated[
    Path, typer.Argument(metavar="DIR", help="Holds some of the folders live, replay, print, mask, generated.")
]
AtLevel = Annotated[Level, typer.Option("--level", help="The level whose errors and reasons are listed.")]
Show = Annotated[
    bool, typer.Option("--show", help="Put small pictures of the errors into the report, which then holds faces.")
]
Work = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        show_default="evaluations in the data folder",
        help="Where scores are kept while files are read, encrypted with the installation's master key.",
    ),
]
Keep = Annotated[
    bool, typer.Option("--keep-observations", help="Do not remove the encrypted scores: the next run is quick.")
]
Seed = Annotated[int, typer.Option(min=0, help="Of the resamples.")]


def genuineness(  # noqa: PLR0913, PLR0917 - each is an option
    folder: Attacks,
    pack: PackName = None,
    level: AtLevel = Level.NORMAL,
    report: Report = None,
    show: Show = False,
    as_json: AsJson = False,
    no_paths: NoPaths = False,
    workers: Workers = None,
    work: Work = None,
    fresh: Fresh = False,
    keep: Keep = False,
    seed: Seed = SEED,
    data_dir: DataDir = None,
) -> None:
    """Judge pictures and clips of live people and of attacks: DIR/KIND/SOURCE/*.

    KIND is live, replay (on a screen), print, mask or generated; a SOURCE is what errs together: a person, a
    screen, a recording. Prints APCER by kind and source and BPCER, with intervals and at every level, what was refused
    before it was judged, how each detector ranks, the reasons it gave, and the errors. Clips and pictures are told
    apart.

    A run that was cut short goes on from where it was when the same command is given again.

    Example: likeness evaluate genuineness attacks --level strict --report report.html
    """
    from likeness.cli import evaluating_genuineness  # noqa: PLC0415  brings the engine along

    chosen = chosen_of(pack, report, as_json, no_paths, workers, work, fresh, keep, seed, data_dir)
    evaluating_genuineness.genuineness(folder, level, chosen, show=show)
