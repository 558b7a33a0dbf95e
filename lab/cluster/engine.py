"""The Docker engine: is there one, may we use it, can it reach a registry; and a few words to it."""

import json
from functools import cache
from typing import Any

from lab.cluster.process import CommandFailed, run, succeeds
from lab.errors import Missing

REGISTRY_PATIENCE = 8.0
NODE_LABEL = "io.x-k8s.kind.cluster"
# What the pinned kind release names as its own default.
PINNED_NODE_IMAGE = "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"


def docker(*words: str, timeout: float = 120) -> str:
    return run(["docker", *words], timeout=timeout)


def engine_answers() -> bool:
    return succeeds(["docker", "version", "--format", "{{.Server.Version}}"], timeout=10)


def require_engine() -> None:
    try:
        run(["docker", "version", "--format", "{{.Server.Version}}"], timeout=10)
    except CommandFailed as error:
        raise Missing(_why_no_engine(error)) from error


def _why_no_engine(error: CommandFailed) -> str:
    if error.code == 127:
        return "Docker is not installed; install it, or run `make engine` as root on Debian or Ubuntu."
    if "permission denied" in error.output.lower():
        return "The Docker engine is there, but this user may not use it; join the `docker` group or run as root."
    if error.code is None:
        return "The Docker engine does not answer within 10 s; restart it and try again."
    return "No Docker engine answers; start Docker, or run `make engine` as root on Debian or Ubuntu."


@cache
def registry_answers() -> bool:
    """Asked once a process: a registry that hangs must not cost its patience again and again."""
    return succeeds(["docker", "manifest", "inspect", PINNED_NODE_IMAGE], timeout=REGISTRY_PATIENCE)


def image_exists(name: str) -> bool:
    return succeeds(["docker", "image", "inspect", name])


def inspect(kind: str, *names: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(docker("inspect", "--type", kind, *names)) if names else []
    return found


def ids_of(cluster: str) -> list[str]:
    return docker("ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={NODE_LABEL}={cluster}").split()
