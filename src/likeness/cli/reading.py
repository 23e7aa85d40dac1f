"""How `likeness evaluate` and `likeness calibrate` read the pictures they are given."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from likeness.cli.evaluate import Chosen
from likeness.cli.progress import model_progress, picture_progress
from likeness.engines.local import LocalEngine
from likeness.evaluation.dataset import DatasetError, Picture, without_pictures
from likeness.evaluation.kept import KeptFile
from likeness.evaluation.measure import centred_only
from likeness.evaluation.observations import Observations, observe, work_folder
from likeness.folders import make_private
from likeness.models import packs
from likeness.models.packs import ModelPaths, Pack
from likeness.settings import Settings
from likeness.storage.crypto import MasterKey

_AHEAD = 2
"""Pictures handed to the engine for each worker: one under way and one that waits, so that none is idle."""
_INTERRUPTED = 130  # what shells report of a command that was stopped with Ctrl-C


def tell_passed_over(folder: Path, found: tuple[Picture, ...]) -> None:
    """Say how many people's folders hold none of the pictures."""
    if empty := without_pictures(folder, found):
        typer.echo(f"Folders in {folder} that hold no such pictures and are passed over: {empty:,}", err=True)


@contextmanager
def read(pictures: tuple[Picture, ...], pack: Pack, chosen: Chosen, *, landmark_spread: bool) -> Iterator[Observations]:
    """What is seen in the pictures.

    It is forgotten when all is done with it, and when it is of no use; if anything else goes wrong, the next run finds
    it. Until then no other run can use or remove it.
    """
    settings = chosen.settings
    folder = work_folder(chosen.work, pack.name, pack.digests, pictures, landmark_spread=landmark_spread)
    make_private(settings.data_dir)
    key = MasterKey.load_or_create(settings.master_key_path)
    with model_progress() as progress:
        paths = packs.prepare(pack, settings.models_path, progress)
    with KeptFile(folder, key, fresh=chosen.fresh) as kept:
        try:
            seen = _observe(pictures, paths, kept, chosen, landmark_spread=landmark_spread)
        except KeyboardInterrupt:
            line = "Stopped. The same command goes on from here; until then the templates read so far lie, encrypted,"
            typer.echo(f"{line} in {folder}.", err=True)
            raise typer.Exit(_INTERRUPTED) from None
        kept.rows.clear()  # they are in `seen` now
        try:
            yield centred_only(seen) if chosen.centred else seen
        except DatasetError:
            _leave(kept, folder, chosen)
            raise
        _leave(kept, folder, chosen)


def _leave(kept: KeptFile, folder: Path, chosen: Chosen) -> None:
    """Forget what was seen, unless it is to be kept."""
    if chosen.keep:
        typer.echo(
            f"The templates are kept, encrypted, in {folder}; remove it when they are no longer needed.", err=True
        )
    else:
        kept.forget()


def _observe(
    pictures: tuple[Picture, ...], paths: ModelPaths, kept: KeptFile, chosen: Chosen, *, landmark_spread: bool
) -> Observations:
    engine, at_once = engine_of(paths, chosen.settings)
    with picture_progress() as told:
        return observe(pictures, engine, kept, at_once=at_once, landmark_spread=landmark_spread, progress=told)


def engine_of(paths: ModelPaths, settings: Settings) -> tuple[LocalEngine, int]:
    """An engine as the settings want it, not started, and how many files to hand it at once."""
    at_once = _AHEAD * settings.workers
    engine = LocalEngine(
        paths,
        workers=settings.workers,
        queue_limit=at_once,
        deadline_s=settings.job_deadline_s,
        memory_mb=settings.worker_memory_mb,
    )
    return engine, at_once
