"""The takes that ship with the lab: their files, the digests that the recorder wrote, and a few of them in memory."""

import hashlib
import json
import os
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from lab.errors import LabFault, NotRecorded
from lab.recorded.format import from_bytes, to_bytes
from lab.recorded.graph import Graph
from lab.recorded.recording import Recording
from lab.scenarios import Scenario
from lab.whole import write_whole

SUFFIX, DIGESTS, FOLDER = ".take.gz", "digests.json", "LAB_TAKES"
# All scenarios that there are, a take each, and some more; a graph is a few megabytes.
KEPT = 12


def recorded_as(scenario: Scenario) -> str:
    """The scenario whose recording this one plays: those with the same fault differ in nothing that is measured."""
    return scenario.fault_of or scenario.id


def own_folder() -> Path:
    """Those that ship with the lab, or the folder that LAB_TAKES names."""
    return _folder(os.environ.get(FOLDER, ""))


@lru_cache(maxsize=8)
def _folder(named: str) -> Path:
    return Path(named).expanduser() if named else Path(str(files("lab.recorded"))) / "takes"


def take_names(folder: Path, scenario_id: str = "") -> list[str]:
    """In the order of their numbers: RCA-001.1.take.gz, RCA-001.2.take.gz."""
    found = [path.name for path in folder.glob(f"{scenario_id or '*'}.*{SUFFIX}")]
    return sorted(found, key=lambda name: (name.split(".")[0], int(name.split(".")[1])))


def path_of(folder: Path, fault: str, number: int) -> Path:
    return folder / f"{fault}.{number}{SUFFIX}"


def load(path: Path) -> Recording:
    """A finished recording of whose bytes the digest is the one that the recorder wrote."""
    data = path.read_bytes()
    if (wanted := digests(path.parent).get(path.name)) != digest(data):
        why = "has no digest" if wanted is None else "is not as the recorder wrote it"
        raise LabFault(f"{path.name} {why}; takes are never edited, record it again (`lab record`).")
    recording = from_bytes(data, path.name)
    if not recording.finished:
        raise LabFault(f"{path.name} is not finished; `lab record {recording.scenario}` goes on with it.")
    return recording


def save(recording: Recording, folder: Path, number: int) -> Path:
    """Write the take, and its digest beside those of the others."""
    path, data = path_of(folder, recording.scenario, number), to_bytes(recording)
    folder.mkdir(exist_ok=True)
    write_whole(path, data)
    known = digests(folder) | {path.name: digest(data)}
    write_whole(folder / DIGESTS, f"{json.dumps(known, indent=2, sort_keys=True)}\n".encode())
    return path


def digests(folder: Path) -> dict[str, str]:
    path = folder / DIGESTS
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=KEPT)
def graph(path: Path) -> Graph:
    return Graph(load(path))


@lru_cache(maxsize=64)
def paths(folder: Path, fault: str) -> tuple[Path, ...]:
    return tuple(folder / name for name in take_names(folder, fault))


def graph_for(folder: Path, scenario: Scenario, seed: int) -> Graph:
    """Loaded when first asked for; the seed picks one of the takes."""
    found = paths(folder, recorded_as(scenario))
    if not found:
        raise NotRecorded(f"{scenario.id} is not recorded; `lab record {recorded_as(scenario)}` records it.")
    return graph(found[seed % len(found)])
