"""The bars that show how far the conversion of the models or the download of a file is."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

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


@contextmanager
def download_progress(name: str, size: int) -> Iterator[Callable[[int, str], None]]:
    """Hand out a callback for `download.fetch`: a bar on a terminal, else one line once the file is there.

    Args:
        name: of the file.
        size: its bytes.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        begun_s = time.monotonic()
        yield lambda *_: None
        console.print(f"{name}: {size:,} bytes in {time.monotonic() - begun_s:.1f} s", highlight=False, soft_wrap=True)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        # Made with what an earlier pull left, which does not count for the rate.
        task: TaskID | None = None

        def show(done: int, note: str) -> None:
            nonlocal task
            if task is None:
                task = bar.add_task(name, total=size, completed=done)
            bar.update(task, description=f"{name} ({note})" if note else name, completed=done)

        yield show


@contextmanager
def picture_progress(what: str = "pictures") -> Iterator[Callable[[int, int], None]]:
    """Hand out a callback for `looking.look_at_all`; a bar with the rate and the time left, or one line at the end."""
    console = Console(stderr=True)
    begun_s, first, last = time.monotonic(), -1, 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"reading {what}", total=None, rate="")

        def show(done: int, total: int) -> None:
            nonlocal first, last
            first, last = (done if first < 0 else first), done
            elapsed_s = time.monotonic() - begun_s
            bar.update(task, completed=done, total=total, rate=f"{(done - first) / elapsed_s:.1f} a second")

        yield show
    earlier = f" ({first:,} of them earlier)" if first > 0 else ""
    took = f"{last:,} {what} read{earlier} in {time.monotonic() - begun_s:.1f} s"
    if first >= 0:
        console.print(took, highlight=False, soft_wrap=True)
