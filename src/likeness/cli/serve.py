"""`likeness serve`."""

from typing import Annotated

import typer

from likeness.cli.options import DataDir, settings_for


def serve(
    data_dir: DataDir = None,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on; 0.0.0.0 for all of this machine's.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one.", show_default="8000", min=0, max=65535)
    ] = None,
) -> None:
    """Serve the API until stopped with Ctrl-C.

    On the first start a key is made and shown once, with a line to try it. Put a TLS-terminating proxy in front of
    anything but 127.0.0.1: keys and pictures travel in the request.

    Example: likeness serve --port 8080 --data-dir /var/lib/likeness
    """
    from likeness.cli import serving  # noqa: PLC0415  brings the whole server along, which other commands do not need

    settings = settings_for(data_dir)
    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    serving.run(settings.model_copy(update=chosen))
