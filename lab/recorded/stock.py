"""Which takes there are, which of them are stale against this commit, and which incidents have none."""

from pathlib import Path
from typing import NamedTuple

from lab.cluster.doctor import Finding
from lab.errors import LabFault
from lab.recorded.provenance import stale_takes
from lab.recorded.takes import own_folder, take_names
from lab.scenarios import Scenario, load_all


class Stock(NamedTuple):
    takes: list[str]
    stale: list[str]
    missing: list[str]
    """Incidents (one for each fault) without a take."""


def faults() -> list[Scenario]:
    """A scenario for each fault; others with the same fault play its takes."""
    return [scenario for scenario in load_all().values() if scenario.fault_of is None]


def stock(folder: Path) -> Stock:
    takes = [name for scenario in faults() for name in take_names(folder, scenario.id)]
    stale = [name for scenario in faults() for name in stale_takes(folder, scenario)]
    return Stock(takes, stale, [scenario.id for scenario in faults() if not take_names(folder, scenario.id)])


def finding(folder: Path | None = None) -> Finding:
    """What `lab doctor` says of the recordings; a stale one plays all the same, and so is never bad."""
    try:
        found = stock(folder or own_folder())
    except LabFault as fault:
        return Finding("recordings", "poor", str(fault), "Until then its incidents cannot be played recorded.")
    says = f"{len(found.takes)} takes of {len(faults()) - len(found.missing)} of {len(faults())} incidents"
    lacking = (("stale", found.stale), ("none of", found.missing))
    worries = [f"{what}: {', '.join(names)}" for what, names in lacking if names]
    if not worries:
        return Finding("recordings", "good", f"{says}; none is stale.")
    return Finding("recordings", "poor", f"{says}; {'; '.join(worries)}.", "`make record` on a cluster that is up.")
