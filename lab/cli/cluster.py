"""doctor, up, down."""

import typer

from lab.cli.output import AsJson, say, show_json, show_table
from lab.errors import Missing

MARKS = {"good": "✓", "poor": "!", "bad": "✗"}


def doctor(json: AsJson = False) -> None:
    """Look at this machine: what is there, what is missing, and what to do about it."""
    from lab.cluster.doctor import findings
    from lab.recorded.stock import finding

    found = [*findings(), finding()]
    if json:
        show_json([finding.as_dict() for finding in found])
    else:
        show_table(["", "about", "", ""], [[MARKS[f.verdict], f.about, f.says, f.do] for f in found])
    if any(finding.verdict == "bad" for finding in found):
        raise typer.Exit(Missing.exit_code)


def up(bare: bool = typer.Option(False, "--bare", help="Only the empty cluster, without the shop.")) -> None:
    """Bring up cluster, images, shop and Prometheus. Safe to repeat and to interrupt."""
    from lab.cluster.up import bring_up

    bring_up(bare=bare)
    say("The cluster is up.")


def down() -> None:
    """Remove all of it again."""
    from lab.cluster.up import take_down

    take_down()
    say("Nothing of the lab is left on the engine.")


COMMANDS = (doctor, up, down)
