"""bench."""

from typing import Annotated

import typer

from lab.cli.output import AsJson, say, show_json, show_table
from lab.errors import LabError


def bench(
    seconds: Annotated[float, typer.Option(min=0.05, help="How long each comparison takes.")] = 10.0,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where a target is missed.")] = False,
    json: AsJson = False,
) -> None:
    """Measure the recorded world and the server, each figure beside its target and its ceiling."""
    from lab.bench.bench import measure
    from lab.bench.figures import COLUMNS, all_good

    found = list(measure(say, seconds))
    if json:
        show_json([figure.as_dict() for figure in found])
    else:
        show_table(COLUMNS, [figure.as_row() for figure in found])
    if strict and not all_good(found):
        raise typer.Exit(LabError.exit_code)


COMMANDS = (bench,)
