"""What a take was made from, as a hash: the shop, its manifests and the fault. Whether a take is stale against it."""

import json
from pathlib import Path

from lab.cluster.recipe import digest_of
from lab.recorded import takes
from lab.recorded.recording import Recording
from lab.scenarios import Scenario

PARTS = ("microservices", "manifests/shop", "manifests/history", "fault_injectors")
# For people; nothing that runs is made of them.
DOCUMENTS = (".md", ".txt")
REPOSITORY = Path(__file__).resolve().parents[2]


def source_of(scenario: Scenario, root: Path = REPOSITORY) -> str | None:
    """None where the sources are not at hand, as in an installed wheel."""
    paths = [root / part for part in PARTS]
    if not all(path.exists() for path in paths):
        return None
    return digest_of(paths, json.dumps(scenario.fault.model_dump(mode="json"), sort_keys=True), without=DOCUMENTS)


def is_stale(recording: Recording, source: str | None) -> bool:
    return source is not None and recording.provenance.source != source


def stale_takes(folder: Path, scenario: Scenario) -> list[str]:
    source = source_of(scenario)
    names = takes.take_names(folder, takes.recorded_as(scenario))
    return [name for name in names if is_stale(takes.load(folder / name), source)]
