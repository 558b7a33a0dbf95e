"""What the image is made of: the lock's pins, the files that reach the engine, and what a Space reads of the README.

That it builds and answers, scripts/smoke/image.sh shows where there is an engine.
"""

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.server.app import app

ROOT = Path(__file__).resolve().parents[2]
RECIPE = (ROOT / "Dockerfile").read_text()
COPIED = [
    source
    for line in re.findall(r"^COPY (?!--from)(.+)$", RECIPE, re.MULTILINE)
    for source in line.split()[:-1]
    if "*" not in source
]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(_PIN.findall((ROOT / name).read_text()))


def test_the_image_has_the_pins_that_are_tested() -> None:
    image, tested = pins("requirements-image.lock"), pins("requirements.lock")
    assert {"fastapi", "uvicorn", "openenv", "gradio"} <= image.keys()
    assert {name: version for name, version in image.items() if tested.get(name) != version} == {}
    assert not {"pytest", "mypy", "schemathesis"} & image.keys()


def test_every_pin_has_a_hash() -> None:
    blocks = (ROOT / "requirements-image.lock").read_text().split("\n\n")
    requirements = re.split(r"\n(?=[A-Za-z0-9])", "\n".join(blocks).strip())
    assert [each.split()[0] for each in requirements if "--hash=sha256:" not in each] == []


@pytest.mark.parametrize("source", COPIED)
def test_what_is_copied_is_there_and_reaches_the_engine(source: str) -> None:
    assert (ROOT / source).exists()
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert any(fnmatch(source, pattern) for pattern in allowed)


def test_the_image_is_started_by_the_server_that_bounds_what_it_reads() -> None:
    words: list[str] = yaml.safe_load(RECIPE[RECIPE.rindex("\nCMD ") + 5 :])
    assert " ".join(words) == "python3 -m lab serve --host 0.0.0.0 --port 7860"
    assert re.search(r"^USER 1000:1000$", RECIPE, re.MULTILINE)
    health = re.search(r"127\.0\.0\.1:7860(/\w+)", RECIPE)
    assert health is not None
    assert health[1] in app.openapi()["paths"]


def test_a_space_finds_its_front_matter() -> None:
    _, front, rest = (ROOT / "README.md").read_text().split("---\n", 2)
    told: dict[str, Any] = yaml.safe_load(front)
    declared = yaml.safe_load((ROOT / "openenv.yaml").read_text())
    assert told["sdk"] == "docker"
    assert told["app_port"] == declared["port"] == 7860
    assert "openenv" in told["tags"]
    assert rest.lstrip().startswith("# Cloud Incident Lab")
