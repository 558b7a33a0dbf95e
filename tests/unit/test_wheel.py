"""What is installed is whole: scenarios, recordings and the page's files are in the wheel, and nothing else."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
# A recorder's, to go on with in a checkout.
UNFINISHED = ".unfinished.gz"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    made = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"]))
    with ZipFile(made) as wheel:
        return set(wheel.namelist())


def test_every_file_of_the_packages_is_in_it(packed: set[str]) -> None:
    files = {
        str(path.relative_to(ROOT))
        for package in ("lab", "fault_injectors")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith(UNFINISHED)
    }
    assert {name for name in files if name.endswith(".toml")}
    assert files - packed == set()


def test_nothing_else_is_in_it(packed: set[str]) -> None:
    assert {name.split("/")[0] for name in packed} <= {"lab", "fault_injectors", "incident_lab-0.1.0.dist-info"}


def test_what_a_recorder_has_not_finished_stays_at_home(packed: set[str]) -> None:
    assert not [name for name in packed if name.endswith(UNFINISHED)]


def test_it_has_the_command(packed: set[str]) -> None:
    assert "incident_lab-0.1.0.dist-info/entry_points.txt" in packed
