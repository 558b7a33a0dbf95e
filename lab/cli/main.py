"""Puts the commands together, and turns the tree of errors into sentences and exit codes."""

import sys

import typer

from lab.cli import bench, cluster, live, play, recording, scenarios, serve, status, trust
from lab.errors import LabError
from lab.plain import harmless_lines

INTERRUPTED = 130

app = typer.Typer(
    name="lab",
    help="Real incidents on a real Kubernetes cluster: play them, solve them, be graded.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    *cluster.COMMANDS,
    *status.COMMANDS,
    *live.COMMANDS,
    *scenarios.COMMANDS,
    *play.COMMANDS,
    *serve.COMMANDS,
    *recording.COMMANDS,
    *trust.COMMANDS,
    *bench.COMMANDS,
):
    app.command()(command)
for command in play.HIDDEN:
    app.command(hidden=True)(command)


def main() -> None:
    try:
        app()
    except LabError as error:
        sys.stderr.write(f"lab: {harmless_lines(str(error))}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_interrupted())
    except SystemExit as ended:
        # Typer makes this code of Ctrl-C, without a word.
        if ended.code == INTERRUPTED:
            _interrupted()
        raise


def _interrupted() -> int:
    sys.stderr.write("lab: interrupted; nothing is lost, the same command goes on from here.\n")
    return INTERRUPTED
