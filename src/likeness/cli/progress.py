"""The bar that shows how far the conversion of the models is."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from likeness.models import packs


@contextmanager
def model_progress() -> Iterator[packs.Progress]:
    """Hand out a callback for `packs.prepare`; a bar appears on standard error once there is something to show."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True))
    task: TaskID | None = None

    def show(what: str, done: float) -> None:
        nonlocal task
        if task is None:
            bar.start()
            task = bar.add_task(what, total=1.0)
        bar.update(task, description=what, completed=done)

    try:
        yield show
    finally:
        if task is not None:
            bar.stop()
