"""record, fidelity: takes of the live world, and how true they are."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.output import AsJson, say, show_json, show_table
from lab.errors import LabError

if TYPE_CHECKING:
    from lab.actions import Remedy
    from lab.live.glance import GlancingWorld
    from lab.recorded.fidelity import Comparison
    from lab.recorded.recording import Provenance, Recording
    from lab.scenarios import Scenario

ScenarioId = Annotated[str, typer.Argument(metavar="ID", help="A scenario, such as RCA-002 (`lab scenarios`).")]
Takes = Annotated[int, typer.Option("--takes", min=1, max=9, help="How many takes there shall be.")]
COMPARED = ("", "script", "rewards", "live", "recorded", "keys", "marks", "composed", "void")


def record(
    scenario_id: Annotated[str, typer.Argument(metavar="[ID]", help="A scenario; without one, all of them.")] = "",
    takes: Takes = 1,
    anew: Annotated[bool, typer.Option("--anew", help="Also takes that are not stale.")] = False,
    doubt: Annotated[
        str,
        typer.Option(
            "--doubt",
            metavar="TARGET",
            help="Of a take that is not stale, only what this runbook step, service or flag was found not to harm.",
        ),
    ] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Only say what it will cost.")] = False,
) -> None:
    """Record the live world's answers. Takes that are not stale are kept; an unfinished one is gone on with."""
    wanted = [_fault_of(scenario_id.upper())] if scenario_id else _all_faults()
    for scenario in wanted:
        if plan:
            say(f"{scenario.id}, one take: {_cost(scenario)}.")
            continue
        for number in _numbers(scenario, takes):
            if doubt:
                _doubt(scenario, number, doubt)
            _take(scenario, number, anew=anew or bool(doubt))


def _fault_of(scenario_id: str) -> "Scenario":
    from lab.recorded.takes import recorded_as
    from lab.scenarios import get

    scenario = get(recorded_as(get(scenario_id)))
    if scenario.id != scenario_id:
        say(f"{scenario_id} has the fault of {scenario.id} and plays its takes.")
    return scenario


def _all_faults() -> "list[Scenario]":
    from lab.recorded.stock import faults

    return faults()


def _numbers(scenario: "Scenario", takes: int) -> list[int]:
    """As many as are asked for, and those that there are already: a stale one is not left beside a new one."""
    from lab.recorded.takes import own_folder, take_names

    there = (int(name.split(".")[1]) for name in take_names(own_folder(), scenario.id))
    return sorted({*range(1, takes + 1), *there})


def fidelity(scenario_id: ScenarioId, json: AsJson = False) -> None:
    """Play the same scripts in the live and in the recorded world, and compare what came of them."""
    from lab.live.world import LiveWorld
    from lab.play.stages import uninterrupted_ends
    from lab.recorded.fidelity import NEEDED_MARKS, agreement, compare, scripts
    from lab.recorded.takes import graph_for, own_folder
    from lab.recorded.world import RecordedWorld
    from lab.scenarios import get

    scenario = get(scenario_id.upper())
    flags = sorted(graph_for(own_folder(), scenario, 0).node(0).flags)
    found = []
    for script in scripts(scenario, flags):
        say(f"{scenario.id}, {script.name}: {len(script.moves)} moves in both worlds")
        with uninterrupted_ends():
            found.append(compare(scenario, script, LiveWorld, RecordedWorld))
    _show(scenario.id, found, json=json)
    marks = agreement(found)
    say(f"{scenario.id}: {marks:.1%} of the marks agree; {NEEDED_MARKS:.0%} or more are wanted")
    if marks < NEEDED_MARKS or not all(comparison.good for comparison in found):
        raise typer.Exit(LabError.exit_code)


def _show(title: str, found: "list[Comparison]", *, json: bool) -> None:
    if json:
        show_json([comparison.as_dict() for comparison in found])
    else:
        show_table(COMPARED, [
            ["✓" if c.good else "✗", c.script, f"{c.equal_rewards}/{c.steps}", f"{c.score_live}", f"{c.score_recorded}",
             f"{c.equal_keys}/{c.evidences}", f"{c.agreeing_marks}/{c.marks}", str(c.composed), c.void] for c in found
        ], title=title)  # fmt: skip
    for comparison in found:
        for difference in comparison.differing:
            say(f"{comparison.script}, {difference}")


def _take(scenario: "Scenario", number: int, *, anew: bool) -> None:
    from lab.live.glance import GlancingWorld
    from lab.play.stages import uninterrupted_ends
    from lab.recorded.provenance import source_of
    from lab.recorded.recorder import Recorder
    from lab.recorded.takes import own_folder

    folder, source = own_folder(), source_of(scenario) or ""
    if not anew and _is_fresh(folder, scenario.id, number, source):
        say(f"Take {number} of {scenario.id} is not stale.")
        return
    say(f"Take {number} of {scenario.id}: {_cost(scenario)}.")
    world, partial = GlancingWorld(), _partial(folder, scenario.id, number)
    keep = _keeper(folder, partial, number)
    recorder = Recorder(
        scenario, world, world, _provenance(world, source), keep=keep, say=say, apart=_known_to_do_harm(folder)
    )
    with uninterrupted_ends():
        recorder.run(_unfinished(partial, source))
    say(f"Take {number} of {scenario.id} is written; it took {recorder.begins} beginnings.")


def _doubt(scenario: "Scenario", number: int, target: str) -> None:
    """The take becomes an unfinished one, to be gone on with; where there is one already, that is it."""
    from lab.recorded.doubt import doubted
    from lab.recorded.format import to_bytes
    from lab.recorded.takes import load, own_folder, path_of
    from lab.whole import write_whole

    partial, take = _partial(own_folder(), scenario.id, number), path_of(own_folder(), scenario.id, number)
    if not partial.exists() and take.exists():
        write_whole(partial, to_bytes(doubted(load(take), target)))


def _known_to_do_harm(folder: Path) -> "set[Remedy]":
    """From the takes that there are, of whichever fault and age: a hint for the recorder, and never an answer."""
    from lab.errors import LabFault
    from lab.recorded.takes import load, take_names

    known: set[Remedy] = set()
    for name in take_names(folder):
        # One that cannot be read is why somebody records.
        with suppress(LabFault):
            known |= load(folder / name).did_harm()
    return known


def _cost(scenario: "Scenario") -> str:
    from lab.recorded.rehearsal import estimate

    # The flags as the shop declares them; their number is what counts.
    usual = {"express_checkout", "gift_wrapping", "personal_offers", "webp_pictures"}
    flags = dict.fromkeys(usual, True) | {"full_history_export": True, "new_search": False}
    return str(estimate(scenario, flags))


def _is_fresh(folder: Path, fault: str, number: int, source: str) -> bool:
    from lab.recorded.provenance import is_stale
    from lab.recorded.takes import load, path_of

    path = path_of(folder, fault, number)
    found = _readable(lambda: load(path)) if path.exists() else None
    return found is not None and not is_stale(found, source)


def _readable(read: "Callable[[], Recording]") -> "Recording | None":
    """What cannot be read is to be recorded again, and does not stand in its own way."""
    from lab.errors import LabFault

    try:
        return read()
    except LabFault as fault:
        say(str(fault))
        return None


def _partial(folder: Path, fault: str, number: int) -> Path:
    """Beside the finished ones, so that whoever has the checkout can go on with it, on whichever machine."""
    return folder / f"{fault}.{number}.unfinished.gz"


def _unfinished(partial: Path, source: str) -> "Recording | None":
    """What an interrupted recorder left, if it was made from the same sources."""
    from lab.recorded.format import from_bytes
    from lab.recorded.provenance import is_stale

    found = _readable(lambda: from_bytes(partial.read_bytes(), partial.name)) if partial.exists() else None
    if found is None:
        return None
    if is_stale(found, source):
        say("What was recorded before the shop changed is left.")
        return None
    say(f"Going on with {len(found.edges)} remedies recorded before.")
    return found


def _keeper(folder: Path, partial: Path, number: int) -> "Callable[[Recording], None]":
    from lab.recorded.format import to_bytes
    from lab.recorded.takes import save
    from lab.whole import write_whole

    def keep(recording: "Recording") -> None:
        if recording.finished:
            save(recording, folder, number)
            partial.unlink(missing_ok=True)
        else:
            folder.mkdir(exist_ok=True)
            write_whole(partial, to_bytes(recording))

    return keep


def _provenance(world: "GlancingWorld", source: str) -> "Provenance":
    from lab.cluster.paths import REPOSITORY
    from lab.cluster.process import run
    from lab.recorded.recording import Provenance

    commit = run(["git", "-C", str(REPOSITORY), "rev-parse", "HEAD"]).strip()
    return Provenance(f"{datetime.now(UTC):%Y-%m-%d}", world.kubernetes_version(), commit, source)


COMMANDS = (record, fidelity)
