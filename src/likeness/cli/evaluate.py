"""`likeness evaluate`: measure how well a pack tells people apart; genuineness has a module of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from likeness.cli.options import AsJson, DataDir, settings_for
from likeness.evaluation.dataset import ALL_PICTURES
from likeness.settings import Settings

SEED = 20250101

evaluate_app = typer.Typer(help="Measure error rates on pictures and clips of yours.", no_args_is_help=True)

People = Annotated[Path, typer.Argument(metavar="DIR", help="Holds a folder of pictures for each person.")]
Pictures = Annotated[str, typer.Option(metavar="GLOB", help="Which files under each person's folder.")]
PackName = Annotated[
    str | None, typer.Option("--pack", metavar="NAME", show_default="the one in use", help="The pack to measure.")
]
Report = Annotated[
    Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write a report too: one HTML file, with charts.")
]
NoPaths = Annotated[
    bool, typer.Option("--no-paths", help="Leave the pictures' paths out of what is printed and written.")
]
Workers = Annotated[int | None, typer.Option(min=1, show_default="one per core", help="Worker processes.")]
Work = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        show_default="evaluations in the data folder",
        help="Where templates are kept while the pictures are read, encrypted with the installation's master key.",
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Read every picture again; drop what an earlier run has read.")]
Keep = Annotated[
    bool,
    typer.Option(
        "--keep-observations",
        help="Do not remove the templates, encrypted with the installation's master key: the next run is quick.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Of what is drawn: the resamples, and the pictures that are fused.")]
Centred = Annotated[
    bool,
    typer.Option(
        "--centred", help="Leave out pictures whose largest face is not the most central: LFW's names mean that one."
    ),
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The options that both commands share."""

    settings: Settings
    work: Path
    report: Path | None
    as_json: bool
    no_paths: bool
    fresh: bool
    keep: bool
    centred: bool
    seed: int


def chosen_of(  # noqa: PLR0913, PLR0917 - as many as there are options
    pack: str | None,
    report: Path | None,
    as_json: bool,
    no_paths: bool,
    workers: int | None,
    work: Path | None,
    fresh: bool,
    keep: bool,
    seed: int,
    data_dir: Path | None,
    *,
    centred: bool = False,
) -> Chosen:
    """The options, with the settings they change."""
    settings = settings_for(data_dir)
    changes = {name: value for name, value in (("pack", pack), ("workers", workers)) if value is not None}
    return Chosen(
        settings=settings.model_copy(update=changes),
        work=work or settings.data_dir / "evaluations",
        report=report,
        as_json=as_json,
        no_paths=no_paths,
        fresh=fresh,
        keep=keep,
        centred=centred,
        seed=seed,
    )


@evaluate_app.command()
def faces(  # noqa: PLR0913, PLR0917 - each is an option
    folder: People,
    pack: PackName = None,
    pictures: Pictures = ALL_PICTURES,
    report: Report = None,
    as_json: AsJson = False,
    no_paths: NoPaths = False,
    workers: Workers = None,
    work: Work = None,
    fresh: Fresh = False,
    keep: Keep = False,
    centred: Centred = False,
    seed: Seed = SEED,
    data_dir: DataDir = None,
) -> None:
    """Compare every two pictures of a folder of people: DIR/PERSON/*.

    Prints the failure-to-acquire rate, error rates with intervals at measured thresholds and at those in use, by the
    pictures' quality and with several pictures per template, and the worst pairs.

    Templates are biometric data. They lie in the work folder while pictures are read, encrypted with the installation's
    master key, and are removed once all is printed and written. A run that was cut short leaves them there, and the
    same command goes on from where it was.

    Example: likeness evaluate faces pictures --report report.html
    """
    from likeness.cli import evaluating  # noqa: PLC0415  brings the engine along

    chosen = chosen_of(pack, report, as_json, no_paths, workers, work, fresh, keep, seed, data_dir, centred=centred)
    evaluating.faces(folder, pictures, chosen)


@evaluate_app.command()
def pairs(  # noqa: PLR0913, PLR0917 - each is an option
    file: Annotated[Path, typer.Argument(metavar="FILE", help="LFW's pairs.txt, or CSV: first, second, same.")],
    pictures_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", show_default="the folder of FILE", help="The folder that the pictures lie in."),
    ] = None,
    pack: PackName = None,
    report: Report = None,
    as_json: AsJson = False,
    no_paths: NoPaths = False,
    workers: Workers = None,
    work: Work = None,
    fresh: Fresh = False,
    keep: Keep = False,
    centred: Centred = False,
    seed: Seed = SEED,
    data_dir: DataDir = None,
) -> None:
    """Compare the pairs of a list: of LFW's format, or of a CSV file with the columns first, second and same.

    In LFW's format a picture is NAME/NAME_NUMBER.jpg below the pictures' folder; in a CSV file paths are relative
    to it, and same is 1 or 0, true or false, yes or no. Every pair counts alike. Intervals come from drawing people
    anew, or pictures where people are not known (CSV). For the rest see `likeness evaluate faces --help`.

    Example: likeness evaluate pairs pairs.txt --pictures-dir lfw
    """
    from likeness.cli import evaluating  # noqa: PLC0415  brings the engine along

    chosen = chosen_of(pack, report, as_json, no_paths, workers, work, fresh, keep, seed, data_dir, centred=centred)
    evaluating.pairs(file, pictures_dir, chosen)
