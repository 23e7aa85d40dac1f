"""How `likeness evaluate` and `likeness calibrate` read the pictures they are given."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from likeness.cli.evaluate import Chosen
from likeness.cli.progress import model_progress, picture_progress
from likeness.engines.local import LocalEngine
from likeness.evaluation.dataset import DatasetError, Picture
from likeness.evaluation.kept import KeptFile
from likeness.evaluation.measure import centred_only
from likeness.evaluation.observations import Observations, forget, observe, work_folder
from likeness.folders import make_private
from likeness.models import packs
from likeness.models.packs import Pack
from likeness.storage.crypto import MasterKey

_AHEAD = 2
"""Pictures handed to the engine for each worker: one under way and one that waits, so that none is idle."""
_INTERRUPTED = 130  # what shells report of a command that was stopped with Ctrl-C


@contextmanager
def read(pictures: tuple[Picture, ...], pack: Pack, chosen: Chosen, *, landmark_spread: bool) -> Iterator[Observations]:
    """What is seen in the pictures.

    It is forgotten when all is done with it, and when it is of no use; if anything else goes wrong, the next run finds
    it.
    """
    folder = work_folder(chosen.work, pack.name, pack.digests, pictures, landmark_spread=landmark_spread)
    if chosen.fresh:
        forget(folder)
    seen = _observe(pictures, pack, folder, chosen, landmark_spread=landmark_spread)
    try:
        yield centred_only(seen) if chosen.centred else seen
    except DatasetError:
        _leave(folder, chosen)
        raise
    _leave(folder, chosen)


def _leave(folder: Path, chosen: Chosen) -> None:
    """Forget what was seen, unless it is to be kept."""
    if chosen.keep:
        typer.echo(
            f"The templates are kept, encrypted, in {folder}; remove it when they are no longer needed.", err=True
        )
    else:
        forget(folder)


def _observe(
    pictures: tuple[Picture, ...], pack: Pack, folder: Path, chosen: Chosen, *, landmark_spread: bool
) -> Observations:
    settings = chosen.settings
    make_private(settings.data_dir)
    key = MasterKey.load_or_create(settings.master_key_path)
    with model_progress() as progress:
        paths = packs.prepare(pack, settings.models_path, progress)
    at_once = _AHEAD * settings.workers
    engine = LocalEngine(
        paths,
        workers=settings.workers,
        queue_limit=at_once,
        deadline_s=settings.job_deadline_s,
        memory_mb=settings.worker_memory_mb,
    )
    try:
        with KeptFile(folder, key) as kept, picture_progress() as told:
            return observe(pictures, engine, kept, at_once=at_once, landmark_spread=landmark_spread, progress=told)
    except KeyboardInterrupt:
        line = "Stopped. The same command goes on from here; until then the templates read so far lie, encrypted, in"
        typer.echo(f"{line} {folder}.", err=True)
        raise typer.Exit(_INTERRUPTED) from None
