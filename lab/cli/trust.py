"""score: a score bundle computed again, offline."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lab.cli.output import AsJson, say, show_json
from lab.errors import LabError, Usage


def score(
    file: Annotated[Path, typer.Argument(help="What GET /bundle answered, byte for byte.")],
    json: AsJson = False,
    believe: Annotated[bool, typer.Option("--believe", help="Take its server's word for evidence and health.")] = False,
) -> None:
    """Compute a score bundle again, offline; exit code 1 where it does not prove what it says.

    Only a recording that is at hand proves all of it; of others `--believe` takes evidence and health as they are told.
    """
    from lab.trust.score import SIZE_LIMIT, scored

    try:
        with file.open("rb") as opened:
            data = opened.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror}.") from error
    found = scored(data)
    if json:
        show_json(asdict(found))
    else:
        say(found.says())
        typer.echo(f"sha256 {found.digest}")
    if not (found.replayed or believe):
        raise typer.Exit(LabError.exit_code)


COMMANDS = (score,)
