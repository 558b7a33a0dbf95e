"""inject, heal, check: the live cluster without an episode."""

from typing import Annotated

import typer

from lab.cli.output import AsJson, say, show_json, show_table
from lab.errors import LabError

ScenarioId = Annotated[str, typer.Argument(metavar="ID", help="A scenario, such as RCA-002 (`lab scenarios`).")]


def inject(scenario_id: ScenarioId) -> None:
    """Heal the shop, bring the incident's fault in and wait for its alert. `lab heal` ends it."""
    from lab.live.place import own_place
    from lab.live.world import LiveWorld
    from lab.play.stages import uninterrupted_ends
    from lab.scenarios import get

    scenario = get(scenario_id.upper())
    with uninterrupted_ends():
        alert = LiveWorld(own_place()).begin(scenario, seed=0)
    say(f"{alert.title} ({alert.severity_fired}), {alert.duration_minutes * 60:.0f} s after the change.")
    for symptom in alert.symptoms:
        say(f"  {symptom}")


def heal(json: AsJson = False) -> None:
    """Make the shop equal to its baseline again, whatever happened to it."""
    from lab.cluster.lock import Hold
    from lab.live.baseline.baseline import of_own_cluster
    from lab.live.baseline.cluster import LabCluster

    # Whoever plays must not find the shop mended under them.
    with Hold(), LabCluster.own() as cluster, of_own_cluster(cluster) as baseline:
        report = baseline.heal()
        digest = baseline.fingerprint().digest
    if json:
        found = [str(difference) for difference in report.found]
        show_json({"seconds": round(report.seconds, 2), "found": found, "fingerprint": digest})
        return
    for difference in report.found:
        say(f"  differed: {difference}")
    say(f"Healthy and equal to the baseline ({digest[:12]}) after {report.seconds:.1f} s.")


def check(
    scenario_id: ScenarioId,
    json: AsJson = False,
    repairs: Annotated[bool, typer.Option(help="Also leave each mending step out in turn.")] = True,
) -> None:
    """Prove an incident live: alert, symptoms inside their bands, each mending step needed, healed clean."""
    from lab.live.check import checked
    from lab.play.stages import uninterrupted_ends
    from lab.scenarios import get

    with uninterrupted_ends():
        report = checked(get(scenario_id.upper()), lambda f: say(f"  {'✓' if f.ok else '✗'} {f.step}: {f.measured}"),
                         remedies=repairs)  # fmt: skip
    if json:
        show_json(report.as_dict())
    else:
        show_table(["", "step", "wanted", "measured", "took"], report.rows(), title=report.scenario)
    if not report.ok:
        raise typer.Exit(LabError.exit_code)


COMMANDS = (inject, heal, check)
