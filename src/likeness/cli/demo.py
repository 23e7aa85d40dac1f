"""`likeness demo`."""

from typing import Annotated

import typer

from likeness.cli.options import AsJson, DataDir, settings_for
from likeness.domain.capture import Procedure

ProcedureOption = Annotated[
    Procedure,
    typer.Option(
        "--procedure",
        help="How the person is captured: still, a silent clip; selfie, from the front and from the side; "
        "video, digits read aloud. The last two need the test data, see LIKENESS_TEST_DATA in CONTRIBUTING.md.",
    ),
]


def demo(data_dir: DataDir = None, procedure: ProcedureOption = Procedure.STILL, as_json: AsJson = False) -> None:
    """Watch a real face be captured, compared and recorded.

    Starts a server of its own on a free port of 127.0.0.1, sends it a 2-second clip and two reference pictures made
    from a public-domain portrait, and prints what it answers. Everything it keeps lies in `demo` in the data folder.
    """
    from likeness.cli import demonstration  # noqa: PLC0415  brings video and HTTP along, which others do not need

    demonstration.run(settings_for(data_dir), procedure, as_json=as_json)
