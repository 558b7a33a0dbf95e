"""The kind cluster itself: made, found, judged and removed."""

import datetime
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from lab.cluster.engine import containers, docker, ids_of, remove_network_if_idle, require_engine
from lab.cluster.freezer import thaw
from lab.cluster.golang import KIND, compiled
from lab.cluster.paths import CLUSTER, REPOSITORY, cache_dir, kubeconfig
from lab.cluster.process import CommandFailed, run
from lab.cluster.wait import NotYet, wait_until
from lab.errors import Missing

CONFIG = REPOSITORY / "manifests" / "kind" / "cluster.yaml"
KIND_MINIMUM = (0, 33)
OWNER_MARK = "/etc/incident-lab"
KUBELET_FLAGS = "/var/lib/kubelet/kubeadm-flags.env"
CREATE_TIMEOUT = 300.0
DELETE_TIMEOUT = 60.0
NODES = 4


def kind_program() -> str:
    """The one on the PATH if it is new enough, else one compiled into the lab's own cache."""
    return installed() or str(compiled(KIND) / "kind")


def installed() -> str | None:
    found = shutil.which("kind")
    return found if found and _version_of(found) >= KIND_MINIMUM else None


def _version_of(program: str) -> tuple[int, ...]:
    match = re.search(r"v(\d+)\.(\d+)", run([program, "version"]))
    return tuple(int(part) for part in match.groups()) if match else (0,)


def nodes() -> list[dict[str, Any]]:
    return containers(*ids_of(CLUSTER))


def running_since() -> dict[str, str]:
    """The nodes that run, by name."""
    return {str(node["Name"]).lstrip("/"): node["State"]["StartedAt"] for node in nodes() if node["State"]["Running"]}


def refuse_strangers(found: list[dict[str, Any]]) -> None:
    """A cluster of our name that we did not make is somebody's: it is neither used nor deleted."""
    if all(_is_ours(node) for node in found):
        return
    raise Missing(
        f"There is a kind cluster named `{CLUSTER}` that this lab did not make; "
        f"delete it yourself with `kind delete cluster --name {CLUSTER}`, then run `lab up` again."
    )


def _is_ours(node: dict[str, Any]) -> bool:
    return any(mount["Destination"] == OWNER_MARK for mount in node["Mounts"])


def is_whole(found: list[dict[str, Any]]) -> bool:
    """All nodes run, and kind came to its end: the kubeconfig is the last thing that it writes."""
    running = [node for node in found if node["State"]["Running"]]
    if len(running) < NODES or not kubeconfig().is_file() or not _kubeconfig_fits(found):
        return False
    return not any(_has_moved(node) for node in found if _started_again(node))


def _started_again(node: dict[str, Any]) -> bool:
    """Since kind came to its end: the machine or the engine was stopped in between."""
    started = datetime.datetime.fromisoformat(node["State"]["StartedAt"])
    return started.timestamp() > kubeconfig().stat().st_mtime


def _has_moved(node: dict[str, Any]) -> bool:
    """An engine may give the nodes each other's addresses; the pod network's routes then lead to the wrong ones."""
    flags = docker("exec", node["Id"], "cat", KUBELET_FLAGS)
    addresses = [network["IPAddress"] for network in node["NetworkSettings"]["Networks"].values()]
    return not any(f"--node-ip={address} " in flags for address in addresses)


def _kubeconfig_fits(found: list[dict[str, Any]]) -> bool:
    return any(f":{port}" in kubeconfig().read_text() for port in api_ports(found))


def api_ports(found: Iterable[dict[str, Any]]) -> set[int]:
    """Where their API servers listen; whatever else nodes publish is no API server."""
    bindings = [(node["NetworkSettings"]["Ports"] or {}).get("6443/tcp") or [] for node in found]
    return {int(binding["HostPort"]) for of_node in bindings for binding in of_node}


def require_whole() -> None:
    """For commands that only look: a cluster that is not up is the person's to bring up."""
    require_engine()
    if not is_whole(nodes()):
        raise Missing(f"The cluster `{CLUSTER}` is not up; run `lab up` first.")


def create(image: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=cache_dir()) as config:
        yaml.safe_dump(_marked_config(), config)
        config.flush()
        words = ["create", "cluster", "--name", CLUSTER, "--image", image, "--config", config.name]
        _kind(*words, "--kubeconfig", str(kubeconfig()), "--wait", "0s")


def _marked_config() -> dict[str, Any]:
    """The manifest, with the folder that marks each node as the lab's own."""
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text())
    mark = cache_dir() / "owner"
    mark.mkdir(exist_ok=True)
    for node in config["nodes"]:
        node["extraMounts"] = [{"hostPath": str(mark), "containerPath": OWNER_MARK, "readOnly": True}]
    return config


def delete(found: list[dict[str, Any]]) -> None:
    """Containers and their volumes; kind's network too, where nothing else uses it."""
    ours = {node["Id"] for node in found}
    wait_until(lambda: _must_be_removed(ours), DELETE_TIMEOUT, every=1, what="the nodes to be removed")
    kubeconfig().unlink(missing_ok=True)
    Path(f"{kubeconfig()}.lock").unlink(missing_ok=True)
    remove_network_if_idle("kind")


def _must_be_removed(ours: set[str]) -> None:
    """An engine under load may give up on ending a container; asked again, it removes it."""
    left = ours.intersection(ids_of(CLUSTER)) if ours else set()
    try:
        if left:
            docker("rm", "--force", "--volumes", *sorted(left))
    except CommandFailed as refusal:
        thaw(left)
        raise NotYet(refusal.output.strip()[-200:]) from refusal


def _kind(*words: str) -> str:
    return run([kind_program(), *words], timeout=CREATE_TIMEOUT)
