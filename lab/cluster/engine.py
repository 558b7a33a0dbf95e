"""The Docker engine: is there one, may we use it, can it reach a registry; what it knows, and a few words to it.

What is asked, is asked of the engine itself. What it shall do goes by its command line, which kind needs as well.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from lab.cluster.process import run, succeeds
from lab.errors import LabFault, Missing

if TYPE_CHECKING:
    from docker import DockerClient

ANSWER_PATIENCE, ASK_PATIENCE = 10, 120
REGISTRY_PATIENCE = 8.0
NODE_LABEL = "io.x-k8s.kind.cluster"
# What the pinned kind release names as its own default.
PINNED_NODE_IMAGE = "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"


class EngineFailed(LabFault):
    """The engine did not answer, or not what it was asked for."""


def docker(*words: str, timeout: float = 120) -> str:
    return run(["docker", *words], timeout=timeout)


def engine_answers() -> bool:
    try:
        require_engine()
    except Missing:
        return False
    return True


def require_engine() -> None:
    if shutil.which("docker") is None:
        raise Missing("Docker is not installed; install it, or run `make engine` as root on Debian or Ubuntu.")
    try:
        with _engine(ANSWER_PATIENCE) as engine:
            engine.ping()
    except EngineFailed as error:
        raise Missing(_why_no_engine(str(error).lower())) from error


def _why_no_engine(said: str) -> str:
    if "permission denied" in said:
        return "The Docker engine is there, but this user may not use it; join the `docker` group or run as root."
    if "timed out" in said:
        return f"The Docker engine does not answer within {ANSWER_PATIENCE} s; restart it and try again."
    return "No Docker engine answers; start Docker, or run `make engine` as root on Debian or Ubuntu."


@contextmanager
def _engine(patience: int | None = None) -> Iterator["DockerClient"]:
    """The one that the command line would speak to: that of DOCKER_HOST, or of the context in use."""
    # Here and not above: a third of a second that a recorded world has no use for.
    from docker import from_env
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        client = from_env(timeout=patience or ASK_PATIENCE, use_ssh_client=True)
        try:
            yield client
        finally:
            client.close()
    except (DockerException, RequestException) as error:
        raise EngineFailed(f"The Docker engine: {error}") from error


def facts() -> tuple[str, str]:
    """Its version, and which cgroups it uses."""
    with _engine() as engine:
        known = engine.info()
    return str(known["ServerVersion"]), str(known.get("CgroupVersion", "1"))


@cache
def registry_answers() -> bool:
    """Asked once a process: a registry that hangs must not cost its patience again and again."""
    return succeeds(["docker", "manifest", "inspect", PINNED_NODE_IMAGE], timeout=REGISTRY_PATIENCE)


def image_exists(name: str) -> bool:
    """Where nobody answers there is none."""
    try:
        with _engine() as engine:
            engine.images.get(name)
    except EngineFailed:
        return False
    return True


def containers(*names: str) -> list[dict[str, Any]]:
    """All that is known of each."""
    with _engine() as engine:
        return [engine.api.inspect_container(name) for name in names]


def ids_of(cluster: str) -> list[str]:
    with _engine() as engine:
        found = engine.api.containers(all=True, quiet=True, filters={"label": f"{NODE_LABEL}={cluster}"})
    return [str(container["Id"]) for container in found]


def remove_network_if_idle(name: str) -> None:
    from docker.errors import NotFound

    with _engine() as engine:
        try:
            network = engine.networks.get(name)
        except NotFound:
            return
        # A network's own list leaves out who is stopped, and could not start again without it.
        users = [one for one in engine.api.containers(all=True) if name in one["NetworkSettings"]["Networks"]]
        if not users:
            network.remove()
