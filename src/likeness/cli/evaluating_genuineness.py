"""What `likeness evaluate genuineness` does."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import typer
from rich.console import Console

from likeness import logs
from likeness.cli.attack_tables import print_attacks
from likeness.cli.evaluate import Chosen
from likeness.cli.evaluating import plain, require_writable
from likeness.cli.printing import fail, print_json
from likeness.cli.progress import model_progress, picture_progress
from likeness.cli.reading import engine_of
from likeness.domain.genuineness import GenuinenessThresholds, Level, shipped_genuineness_thresholds
from likeness.domain.thresholds import Thresholds, shipped_thresholds
from likeness.evaluation.attack_measure import measure_attacks
from likeness.evaluation.attack_results import AttacksMade, GenuinenessEvaluation
from likeness.evaluation.attacks import Found, Unit, attacks_in, passed_over_words
from likeness.evaluation.bootstrap import RESAMPLES
from likeness.evaluation.dataset import spelt
from likeness.evaluation.measure import shown
from likeness.evaluation.presentations import KeptLooks, Looked, look_at, looks_folder
from likeness.evaluation.thumbnails import thumbnails
from likeness.folders import make_private
from likeness.models import packs
from likeness.models.making import write_whole
from likeness.models.packs import ModelPaths, Pack
from likeness.storage.crypto import MasterKey

SHOWN_MOST = 200
"""Errors of which a report shows a picture, about 1 MB together."""
_INTERRUPTED = 130  # what shells report of a command that was stopped with Ctrl-C


def genuineness(folder: Path, level: Level, chosen: Chosen, *, show: bool) -> None:
    """See `likeness evaluate genuineness --help`."""
    logs.configure(chosen.settings.log_format)
    if chosen.report is not None:
        require_writable(chosen.report)
    elif show:
        fail("--show puts pictures into a report: name one with --report.")
    found = attacks_in(folder)
    for line in passed_over_words(found):
        typer.echo(line, err=True)
    pack = packs.load(chosen.settings.pack, chosen.settings.models_path)
    packs.require_calibration(pack)  # it says from which similarity two frames show one person
    thresholds = shipped_genuineness_thresholds()
    with _read(found, pack, chosen) as looked:
        made = _made(folder, pack, looked, thresholds, level, chosen)
        with Console(stderr=True).status("computing error rates and their intervals"):
            result = measure_attacks(made, found, looked, thresholds)
        _tell(result, found, chosen, show=show)


def _made(  # noqa: PLR0913, PLR0917 - each is a fact of its own
    folder: Path,
    pack: Pack,
    looked: list[Looked],
    thresholds: GenuinenessThresholds,
    level: Level,
    chosen: Chosen,
) -> AttacksMade:
    heard = dict.fromkeys(score.detector for it in looked for score in it.scores)
    return AttacksMade(
        at=datetime.now().astimezone().isoformat(sep=" ", timespec="seconds"),
        software=f"likeness {version('likeness')}",
        command=spelt(shlex.join(["likeness", *sys.argv[1:]])),
        pack=f"{pack.name} {pack.manifest.version}",
        model_digests=pack.digests,
        thresholds={it: {name.value: limit for name, limit in thresholds.limits[it].items()} for it in heard},
        source=spelt(str(folder)),
        level=level.value,
        resamples=RESAMPLES,
        seed=chosen.seed,
    )


@contextmanager
def _read(found: Found, pack: Pack, chosen: Chosen) -> Iterator[list[Looked]]:
    """What was seen in the files; forgotten when all is done with it, and left for the next run if that fails."""
    settings = chosen.settings
    with model_progress() as progress:
        paths = packs.prepare(pack, settings.models_path, progress)
    limits = shipped_thresholds().for_pack(paths.same_person_similarity)
    folder = looks_folder(chosen.work, pack.name, pack.digests, found.presentations, limits)
    make_private(settings.data_dir)
    key = MasterKey.load_or_create(settings.master_key_path)
    with KeptLooks(folder, key, fresh=chosen.fresh) as kept:
        try:
            looked = _look(found, paths, kept, limits, chosen)
        except KeyboardInterrupt:
            line = "Stopped. The same command goes on from here; until then the scores read so far lie, encrypted,"
            typer.echo(f"{line} in {folder}.", err=True)
            raise typer.Exit(_INTERRUPTED) from None
        yield looked
        if chosen.keep:
            typer.echo(f"The scores are kept, encrypted, in {folder}; remove it when they are not needed.", err=True)
        else:
            kept.forget()


def _look(found: Found, paths: ModelPaths, kept: KeptLooks, limits: Thresholds, chosen: Chosen) -> list[Looked]:
    engine, at_once = engine_of(paths, chosen.settings)
    with picture_progress("files") as progress:
        return look_at(found.presentations, engine, kept, limits, at_once=at_once, progress=progress)


def _tell(result: GenuinenessEvaluation, found: Found, chosen: Chosen, *, show: bool) -> None:
    told = _without_paths(result) if chosen.no_paths else result
    if chosen.report is not None:
        from likeness.evaluation.attack_report import render_attacks  # noqa: PLC0415  charts take a second to load

        pictures = _pictures(result, found, chosen) if show else []
        write_whole(chosen.report.resolve(), render_attacks(told, pictures).encode())
    if chosen.as_json:
        print_json(plain(asdict(told)))
        return
    print_attacks(told)
    if chosen.report is not None:
        faces = " It shows faces: keep it as you keep the pictures." if show else ""
        typer.echo(f"The report is {chosen.report}.{faces}")


def _without_paths(result: GenuinenessEvaluation) -> GenuinenessEvaluation:
    return replace(
        result,
        errors=tuple(replace(it, path="") for it in result.errors),
        not_judged=tuple(replace(it, path="") for it in result.not_judged),
    )


def _pictures(result: GenuinenessEvaluation, found: Found, chosen: Chosen) -> list[bytes | None]:
    """Of each error; of those beyond SHOWN_MOST none."""
    settings = chosen.settings
    # A path that was written for people may not lead back to its file.
    known = {shown(str(it.path), found.folder): it.path for it in found.presentations}
    files = [(known[it.path], Unit(it.unit)) for it in result.errors]
    with Console(stderr=True).status("making small pictures of the errors"):
        made = thumbnails(files[:SHOWN_MOST], at_once=settings.workers, deadline_s=settings.job_deadline_s)
    return made + [None] * (len(files) - len(made))
