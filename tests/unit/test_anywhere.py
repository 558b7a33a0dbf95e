"""Where no Docker engine answers, the recorded world does: served, played and solved, from checkout and wheel."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from hatchling.builders.wheel import WheelBuilder

from lab.recorded import stock, takes
from lab.scenarios import load_all
from tests.unit.recorded_kit import tiny_takes

ROOT = Path(__file__).resolve().parents[2]
FIRST_LINE = "World: recorded, because no Docker engine answers; for the live world start Docker"
PATIENCE = 90


class Place(NamedTuple):
    """Where the lab is found, and how it is called there."""

    python: Path
    lab: Path
    folder: Path
    environment: dict[str, str]

    def run(self, *argv: str | Path, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            argv, input=typed, capture_output=True, text=True, cwd=self.folder, env=self.environment, timeout=PATIENCE
        )


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A machine on which no engine answers; until all incidents are recorded, the takes are those of a tiny world."""
    shipped = not stock.stock(takes.own_folder()).missing
    nowhere = {"DOCKER_HOST": "tcp://127.0.0.1:1", "HOME": str(folder), "LAB_CACHE": str(folder / "cache")}
    quick = {"LAB_OPENENV_READY": "0", "LAB_PAGE_READY": "0"}
    path = os.environ["PATH"]
    return {"PATH": path, **nowhere, **quick, **({} if shipped else {"LAB_TAKES": str(tiny_takes())}), **more}


def checkout(folder: Path) -> Place:
    binaries = Path(sys.executable).parent
    return Place(Path(sys.executable), binaries / "lab", folder, environment(folder))


def wheel(folder: Path) -> Place:
    """The wheel in an environment of its own; what it depends on is borrowed from this one."""
    made = next(WheelBuilder(str(ROOT)).build(directory=str(folder / "dist"), versions=["standard"]))
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=PATIENCE)
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python"]
    subprocess.run([*install, venv / "bin" / "python", made], check=True, timeout=PATIENCE)
    borrowed = environment(folder, PYTHONPATH=sysconfig.get_paths()["purelib"])
    return Place(venv / "bin" / "python", venv / "bin" / "lab", folder, borrowed)


@pytest.fixture(scope="module", params=[checkout, wheel])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("anywhere")
    shutil.copy(ROOT / "inference.py", folder)
    made: Place = request.param(folder)
    return made


@contextmanager
def served(place: Place) -> Iterator[str]:
    argv = [place.lab, "serve", "--port", "0"]
    running = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, cwd=place.folder, env=place.environment)
    assert running.stderr is not None
    try:
        assert running.stderr.readline().startswith(FIRST_LINE)
        yield running.stderr.readline().partition("Page and API: ")[2].split("/ ")[0]
    finally:
        running.terminate()
        running.communicate(timeout=PATIENCE)


def test_the_lab_is_where_it_was_installed(place: Place) -> None:
    found = place.run(place.python, "-c", "import lab.recorded as r; print(r.__file__)").stdout
    home = ROOT if place.lab.parent == Path(sys.executable).parent else place.folder
    assert Path(found).is_relative_to(home)


def test_it_is_served_and_the_baseline_plays_all(place: Place) -> None:
    with served(place) as url:
        seen = httpx.post(f"{url}/reset", params={"scenario_id": "RP-001"}, timeout=PATIENCE).json()
        assert (seen["scenario_id"], seen["step_count"]) == ("RP-001", 0)
        assert httpx.post(f"{url}/fork", timeout=PATIENCE).status_code == 200
        done = place.run(place.python, "inference.py", "--url", url)
    assert done.returncode == 0, done.stderr
    ends = [line for line in done.stdout.splitlines() if line.startswith("[END]")]
    assert len(ends) == len(load_all())
    assert not any("void" in line for line in ends)


def test_it_is_played_by_hand(place: Place) -> None:
    typed = "query_logs postgres-db\nsubmit_root_cause analytics-service an unbounded export query, out of memory\n"
    done = place.run(place.lab, "play", "RCA-001", typed=typed)
    assert done.stderr.startswith(FIRST_LINE)
    assert (done.returncode, "void" in done.stdout) == (0, False)
    assert list((place.folder / "runs").rglob("*.html"))


def test_live_says_what_it_needs(place: Place) -> None:
    done = place.run(place.lab, "play", "RCA-001", "--world", "live")
    assert (done.returncode, "no Docker engine answers" in done.stderr) == (3, True)


def test_the_doctor_says_so_and_speaks_of_the_takes(place: Place) -> None:
    done = place.run(place.lab, "doctor", "--json")
    assert done.returncode == 3
    assert '"about": "recordings"' in done.stdout
