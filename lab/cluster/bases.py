"""What the shop's images stand on: pinned images where a registry answers, else roots made of Debian's packages."""

import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab.cluster.engine import docker, image_exists, registry_answers
from lab.cluster.golang import PROMETHEUS, compiled
from lab.cluster.packages import UNREAD, imported_root
from lab.cluster.paths import REPOSITORY, cache_dir
from lab.cluster.process import run
from lab.cluster.recipe import digest_of

LOCK = REPOSITORY / "microservices" / "images" / "requirements.lock"
PULL_TIMEOUT = 900.0

# One root for all three: a layer that they share is smaller in a node than three with the same libraries.
SHOP_PACKAGES = (
    "base-files base-passwd bash coreutils dash diffutils findutils grep gzip iptables libc-bin sed tar util-linux "
    "python3-minimal libpython3.11-stdlib postgresql-15 redis-server"
).split()
# PostgreSQL's query compiler (150 MB with LLVM) and the Perl of Debian's wrappers, which nothing here runs.
UNUSED = (
    *UNREAD, "/usr/share/perl/*", "/usr/share/perl5/*", "/usr/lib/*/perl*", "/usr/lib/*/libperl*", "/usr/bin/perl*",
    "/usr/lib/*/libLLVM*", "/usr/lib/*/libz3.so*", "/usr/lib/llvm-14/*",
    "/usr/lib/postgresql/*/lib/bitcode/*", "/usr/lib/postgresql/*/lib/llvmjit*", "/usr/share/postgresql/*/man/*",
    "/usr/share/i18n/*", "/usr/lib/*/gconv/*",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bases:
    python: str
    python_version: str
    postgres: str
    redis: str
    prometheus: str
    prometheus_program: Path | None = None
    """Where the base is empty, and the program must come in by itself."""


PINNED = Bases(
    python="python:3.12-slim-bookworm",
    python_version="3.12",
    postgres="postgres:15-bookworm",
    redis="redis:7-bookworm",
    prometheus="prom/prometheus:v3.5.0",
)
_IMAGES = (PINNED.python, PINNED.postgres, PINNED.redis, PINNED.prometheus)


@cache
def bases() -> Bases:
    """What was pulled once needs no registry any more."""
    return _pulled() if all(map(image_exists, _IMAGES)) or registry_answers() else _from_packages()


def _pulled() -> Bases:
    for image in _IMAGES:
        if not image_exists(image):
            docker("pull", "--quiet", image, timeout=PULL_TIMEOUT)
    return PINNED


def _from_packages() -> Bases:
    root = imported_root("shop", SHOP_PACKAGES, variant="extract", unread=UNUSED)
    return Bases(root, "3.11", root, root, prometheus="scratch", prometheus_program=compiled(PROMETHEUS) / "prometheus")


def site_packages(python_version: str) -> Path:
    """The services' libraries for the images' Python, put together on this machine: a build reaches no network."""
    machine = _machine()
    folder = cache_dir() / "site-packages" / digest_of([LOCK], python_version, machine)
    if not folder.is_dir():
        half = folder.with_name(f"half-{folder.name}")
        run(_pip_argv(half, python_version, machine), timeout=900)
        half.rename(folder)
    return folder


def _machine() -> str:
    arch = json.loads(docker("version", "--format", "{{json .Server.Arch}}"))
    return {"amd64": "x86_64", "arm64": "aarch64"}[arch]


def _pip_argv(target: Path, python_version: str, machine: str) -> list[str]:
    platforms = [f"--platform=manylinux{flavour}_{machine}" for flavour in ("2014", "_2_17", "_2_28")]
    build = ["--only-binary=:all:", "--implementation=cp", f"--python-version={python_version}", *platforms]
    what = ["--require-hashes", "--no-compile", "--upgrade", f"--target={target}", f"--requirement={LOCK}"]
    return [sys.executable, "-m", "pip", "install", "--quiet", *build, *what]
