"""What the scripts do on a machine that is not as they would have it, tried in a folder of their own."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A Python that is new enough, but of Debian, without python3-venv: it begins an environment and cannot end it.
WITHOUT_VENV = """#!/bin/sh
[ "$1" != -c ] || exit 0
echo "$*" >>asked
exit 1
"""
NO_REGISTRY = "#!/bin/sh\nexit 1\n"


def copied(folder: Path, script: str) -> Path:
    made = folder / script
    made.parent.mkdir(parents=True)
    shutil.copy(ROOT / script, made)
    return made


def program(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def run(*words: Path | str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def test_a_half_made_environment_is_made_anew(tmp_path: Path) -> None:
    python = program(tmp_path / "python", WITHOUT_VENV)
    program(tmp_path / ".venv" / "bin" / "python", WITHOUT_VENV)
    done = run(copied(tmp_path, "scripts/setup.sh"), python, ".venv")
    assert (tmp_path / "asked").read_text() == "-m venv --clear .venv\n"
    assert done.returncode == 3
    assert "install python3-venv" in done.stderr


def test_wheels_that_were_there_are_neither_overwritten_nor_removed(tmp_path: Path) -> None:
    program(tmp_path / ".venv" / "bin" / "python", NO_REGISTRY)
    mine = program(tmp_path / "wheels" / "mine.whl", "")
    done = run(copied(tmp_path, "scripts/smoke/image.sh"))
    assert done.returncode == 1
    assert "wheels/ is there already" in done.stderr
    assert mine.exists()
