"""The `likeness` command line."""

import typer

from likeness.cli.calibrate import calibrate
from likeness.cli.demo import demo
from likeness.cli.evaluate import evaluate_app
from likeness.cli.evaluate_genuineness import genuineness
from likeness.cli.guard import Guarded
from likeness.cli.keys import keys_app
from likeness.cli.models import models_app
from likeness.cli.purge import purge
from likeness.cli.records import records_app
from likeness.cli.serve import serve

app = typer.Typer(
    name="likeness",
    cls=Guarded,
    help="Face verification on your own machines. Start with `likeness demo`, then `likeness serve`.",
    no_args_is_help=True,
    rich_markup_mode="markdown",  # else the lines of a docstring are broken where the source breaks them
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(demo)
app.add_typer(keys_app, name="keys")
app.add_typer(records_app, name="records")
app.add_typer(models_app, name="models")
evaluate_app.command()(genuineness)
app.add_typer(evaluate_app, name="evaluate")
app.command()(calibrate)
app.command()(purge)


def main() -> None:
    """Entry point of the `likeness` script."""
    app()
