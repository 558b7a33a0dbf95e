"""`inference.py` as a program against a served world, and the proof that it reads nothing but observations."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.baseline_agent import main as program
from lab.play.serving import serving
from tests.unit.server_kit import TinySource
from tests.unit.tiny_world import TinyWorld

ROOT = Path(__file__).resolve().parents[2]
BESIDE = [ROOT / "inference.py", ROOT / "lab" / "plain.py", ROOT / "lab" / "told.py"]
SOURCES = [*BESIDE, *sorted((ROOT / "lab" / "baseline_agent").glob("*.py"))]
ALLOWED = {"httpx", "openai", *sys.stdlib_module_names}
# Watches every import and every file that is opened, and ends the program where it reads what it may not.
WATCHED = """
import sys
def hook(event, args):
    name = str(args[0]) if args else ""
    if event == "import" and name.split(".")[0] in ("lab", "fault_injectors", "microservices"):
        if name not in ("lab", "lab.plain", "lab.told") and not name.startswith("lab.baseline_agent"):
            raise SystemExit(f"imported {name}")
    _, within, part = name.replace(sys.prefix, "").rpartition("/lab/")
    own = part.removeprefix("__pycache__/").startswith(("__init__.", "plain.", "told.", "baseline_agent/"))
    if event == "open" and (name.endswith((".toml", ".jsonl")) or within and not own):
        raise SystemExit(f"opened {name}")
sys.addaudithook(hook)
sys.path.insert(0, sys.argv.pop(1))
from lab.baseline_agent.main import main
sys.exit(main())
"""


@pytest.fixture
def url() -> Iterator[str]:
    with serving(TinySource(), 0) as served:
        yield served.url


def imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    plain = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_it_imports_nothing_of_the_lab() -> None:
    assert len(SOURCES) > 5
    foreign = {(file.name, name) for file in SOURCES for name in imports(file) if not is_allowed(name)}
    assert not foreign


def is_allowed(name: str) -> bool:
    """Of the lab only what takes control characters out of texts and picks a step's own out of an observation."""
    return name in ("lab.plain", "lab.told") or name.startswith("lab.baseline_agent") or name.split(".")[0] in ALLOWED


def test_it_names_no_scenario_and_no_service_of_the_shop() -> None:
    from lab.scenarios import load_all

    services = {name for one in load_all().values() for name in one.brief.known_services}
    flags = {one.fault.flag for one in load_all().values() if one.fault.flag}
    text = "\n".join(file.read_text(encoding="utf-8") for file in SOURCES)
    assert not [name for name in (*load_all(), *services, *flags) if name in text]


def test_it_opens_no_key_while_it_plays_all_nine(url: str) -> None:
    command = [sys.executable, "-c", WATCHED, str(ROOT), "--url", url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=100, env={"PATH": ""}, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("[END]") == 9


def test_it_prints_steps_ends_and_the_table(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--url", url, "--task", "alert_classification", "--scenario", "AC-002"]) == 0
    out = capsys.readouterr().out.splitlines()
    steps = [line for line in out if line.startswith("[STEP]")]
    assert len(steps) == 3
    assert "action=check_metrics service=cdn-edge reward=+0.0400 done=false" in steps[0]
    assert [line for line in out if line.startswith("[END] task=alert_classification scenario=AC-002 score=")]
    assert out[-1].startswith("mean")


def test_a_void_episode_is_shown_as_void_and_told_by_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    broken = TinySource(lambda: TinyWorld(breaks_on=["begin"]))
    with serving(broken, 0) as served:
        assert program.main(["--url", served.url, "--scenario", "RCA-001"]) == program.VOID
    assert "the tiny world broke" in capsys.readouterr().err


def test_a_void_episode_does_not_keep_the_others_from_being_played(capsys: pytest.CaptureFixture[str]) -> None:
    worlds = iter([TinyWorld(breaks_on=["begin"]), TinyWorld(), TinyWorld()])
    with serving(TinySource(lambda: next(worlds)), 0) as served:
        assert program.main(["--url", served.url, "--task", "alert_classification"]) == program.VOID
    told = capsys.readouterr().out
    assert "[END] task=alert_classification scenario=0 score=void steps=0" in told
    assert told.count("[END]") == 3
    assert "void" not in told.splitlines()[-1], "the mean is of those that have a score"


def test_where_nothing_answers_it_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--url", "http://127.0.0.1:1"]) == program.MISSING
    assert "http://127.0.0.1:1 does not answer" in capsys.readouterr().err


def test_an_unknown_scenario_is_wrong_usage(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--url", url, "--scenario", "RCA-999"]) == 2
    assert "no such task or scenario" in capsys.readouterr().err
