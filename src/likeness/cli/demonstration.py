"""What `likeness demo` does: one person captured and compared, over HTTP, by the procedure of one's choice."""

import json
import os
import shlex
from contextlib import ExitStack
from pathlib import Path

import httpx
from rich.console import Console

from likeness.child_server import child_server
from likeness.cli import demo_selfie, demo_still, demo_video
from likeness.cli.printing import fail
from likeness.cli.progress import model_progress
from likeness.cli.showing import Answer, Caller, console
from likeness.domain.capture import Procedure
from likeness.folders import make_private
from likeness.models import packs
from likeness.settings import Settings

CALL_LIMIT_S = 60.0

DATA_DEFAULT = Path("..", "shared", "data")
"""Where the test data is looked for unless LIKENESS_TEST_DATA says where; as in the tests."""

errors = Console(stderr=True)

WHAT_COMES = {
    Procedure.STILL: demo_still.WHAT_COMES,
    Procedure.SELFIE: demo_selfie.WHAT_COMES,
    Procedure.VIDEO: demo_video.WHAT_COMES,
}


def run(settings: Settings, procedure: Procedure, *, as_json: bool) -> None:
    """Show one procedure.

    Raises:
        OSError, PackError, MasterKeyError, StorageError: what is kept, or the models, cannot be used or made.
        ServerStartError: the server did not start.
    """
    data = _data(procedure)
    if not as_json:
        console.print(WHAT_COMES[procedure])
    make_private(settings.data_dir)
    with model_progress() as progress:
        packs.prepare(packs.load(settings.pack, settings.models_path), settings.models_path, progress)
    own = settings.model_copy(update={"data_dir": settings.data_dir / "demo", "models_dir": settings.models_path})
    with ExitStack() as stack:
        with errors.status("starting the server"):  # shown on a terminal only
            server = stack.enter_context(child_server(own))
        client = stack.enter_context(httpx.Client(base_url=server.url, timeout=CALL_LIMIT_S, trust_env=False))
        try:
            answers = _show(procedure, Caller(client, server.credentials, quiet=as_json), data)
        except httpx.TransportError:
            fail(f"The server stopped answering; its log is {server.log_path}.")
    if as_json:
        print(json.dumps(answers, indent=2))
    else:
        shown = list(answers.values())[-1]["request_id"]
        line = shlex.join(["likeness", "records", "show", shown, "--data-dir", str(own.data_dir.resolve())])
        console.print("\nEvery call left a record. This one says why the last one was decided so:")
        console.print(f"  {line}", markup=False)


def _show(procedure: Procedure, caller: Caller, data: Path) -> dict[str, Answer]:
    if procedure is Procedure.STILL:
        return demo_still.show(caller)
    return demo_selfie.show(caller, data) if procedure is Procedure.SELFIE else demo_video.show(caller, data)


def _data(procedure: Procedure) -> Path:
    """The folder of real pictures and clips, which is no part of the project; the still demo's are a package's."""
    if procedure is Procedure.STILL:
        demo_still.require()
        return Path()
    folder = Path(os.environ.get("LIKENESS_TEST_DATA", DATA_DEFAULT))
    wanted = folder / ("cfp" if procedure is Procedure.SELFIE else demo_video.FOLDER)
    if not wanted.is_dir():
        fail(
            f"The demo of procedure {procedure.value!r} needs real people, which no package brings: set "
            f"LIKENESS_TEST_DATA to a folder that has {wanted.relative_to(folder)} (see CONTRIBUTING.md)."
        )
    return folder
