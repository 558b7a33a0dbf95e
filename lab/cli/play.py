"""play, report, and scenario (what `make scenario` calls)."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lab.cli.output import AsJson, say, show_json, show_table
from lab.errors import Usage

ScenarioId = Annotated[str, typer.Argument(metavar="ID", help="One of `lab scenarios`, in any case.")]
WorldOption = Annotated[str, typer.Option("--world", envvar="LAB_WORLD", help="auto, live or recorded.")]
RunsOption = Annotated[Path, typer.Option("--runs", help="The folder that reports go into.")]
RUNS = Path("runs")


def play(
    scenario_id: ScenarioId,
    world: WorldOption = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Picks among the recordings of a scenario.")] = 0,
    runs: RunsOption = RUNS,
) -> None:
    """Play an incident in this terminal, by hand; without a terminal, commands are read from stdin."""
    from lab import scenarios
    from lab.play.sitting import by_hand, must_not_be_void
    from lab.worlds import choose

    scenario = scenarios.get(scenario_id.upper())
    choice = choose(world)
    say(choice.says)
    must_not_be_void(by_hand(choice.source, scenario, runs, seed, sys.stdin))


def scenario(
    scenario_id: ScenarioId,
    world: WorldOption = "auto",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where API and page are served; 0: any.")] = 7860,
    player: Annotated[
        str, typer.Option(help="person, baseline, or auto: a person where there is a terminal.")
    ] = "auto",
    runs: RunsOption = RUNS,
) -> None:
    """Set up what is missing, bring an incident up, serve API and page, and play it."""
    from lab import scenarios
    from lab.play.readiness import ready
    from lab.play.sitting import BASELINE, PERSON, must_not_be_void, served

    if player not in ("auto", PERSON, BASELINE):
        raise Usage(f"There is no player {player[:40]!r}; accepted: auto, {PERSON}, {BASELINE}.")
    found = scenarios.get(scenario_id.upper())
    chosen = (PERSON if sys.stdin.isatty() else BASELINE) if player == "auto" else player
    source = ready(world, say)
    must_not_be_void(served(source, found, port, chosen, runs, sys.stdin))


def report(
    file: Annotated[Path | None, typer.Argument(help="A trajectory.jsonl; without one, all that were played.")] = None,
    runs: RunsOption = RUNS,
    json: AsJson = False,
) -> None:
    """Make the HTML report of a trajectory again, beside it; without one, list what was played and its scores."""
    if file is None:
        _listed(runs, json)
        return
    from lab.report.files import rebuild

    typer.echo(rebuild(file))


def _listed(runs: Path, json: bool) -> None:
    from lab.report.standings import COLUMNS, standings, told

    rows = standings(runs, lambda unreadable: say(f"Left out: {unreadable}"))
    if json:
        show_json(rows)
    elif rows:
        show_table(COLUMNS, [told(row) for row in rows])
    else:
        say(f"Nothing was played in {runs} yet; `lab play ID` begins.")


COMMANDS = (play, report)
HIDDEN = (scenario,)
