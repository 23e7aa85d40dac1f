"""`likeness demo`."""

from likeness.cli.options import AsJson, DataDir, settings_for


def demo(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Watch a real face be captured, compared and recorded.

    Starts a server of its own on a free port of 127.0.0.1, sends it a 2-second clip and two reference pictures made
    from a public-domain portrait, and prints what it answers. Everything it keeps lies in `demo` in the data folder.
    """
    from likeness.cli import demonstration  # noqa: PLC0415  brings video and HTTP along, which others do not need

    demonstration.run(settings_for(data_dir), as_json=as_json)
