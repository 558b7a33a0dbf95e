"""Proves the empty cluster: every node Ready, a name resolved in each zone, each zone's pod reaching the others."""

import json
from typing import Any

from lab.cluster.images import python_image
from lab.cluster.kind import NODES
from lab.cluster.kubectl import kubectl
from lab.cluster.paths import REPOSITORY
from lab.cluster.process import CommandFailed
from lab.cluster.wait import NotYet, wait_until

MANIFEST = REPOSITORY / "manifests" / "kind" / "reach.yaml"
NAMESPACE = "reach"
ZONES = 3
PATIENCE = 120.0
# The cluster's names must be answered from outside the zones, or cutting one off would silence them too.
ON_CONTROL_PLANE = {"node-role.kubernetes.io/control-plane": ""}


def require_nodes() -> None:
    wait_until(_nodes_ready, PATIENCE, what="the nodes")


def _nodes_ready() -> None:
    try:
        found = json.loads(kubectl("get", "nodes", "--output", "json"))["items"]
    except CommandFailed as error:
        raise NotYet(f"no answer from the API server ({error.output.strip()[-200:]})") from error
    ready = [node["metadata"]["name"] for node in found if _is_ready(node)]
    if len(ready) < NODES:
        raise NotYet(f"{len(ready)} of {NODES} nodes are Ready")


def _is_ready(node: dict[str, Any]) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])


def keep_names_central() -> None:
    patch = {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/os": "linux", **ON_CONTROL_PLANE}}}}}
    kubectl("--namespace", "kube-system", "patch", "deployment", "coredns", "--patch", json.dumps(patch))


def require_reach() -> None:
    """Made in a namespace of its own and removed with it, whatever comes of it."""
    # One that an earlier run left, or that is still on its way out.
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", timeout=PATIENCE)
    try:
        kubectl("create", "namespace", NAMESPACE)
        kubectl("--namespace", NAMESPACE, "apply", "--filename", "-", stdin=_manifest())
        wait_until(_all_reached, PATIENCE, what="the pod network")
    finally:
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false")


def _manifest() -> str:
    return MANIFEST.read_text().replace("PYTHON_IMAGE", python_image())


def _all_reached() -> None:
    seen = json.loads(kubectl("--namespace", NAMESPACE, "get", "daemonset", "reach", "--output", "json"))["status"]
    if seen.get("numberReady", 0) < ZONES:
        raise NotYet(f"{seen.get('numberReady', 0)} of {ZONES} zones reach the others; {_last_words()}")


def _last_words() -> str:
    try:
        logs = kubectl("--namespace", NAMESPACE, "logs", "--selector", "app=reach", "--tail", "1", "--prefix")
    except CommandFailed as error:
        return error.output.strip()[-200:]
    return "; ".join(logs.split("\n"))
