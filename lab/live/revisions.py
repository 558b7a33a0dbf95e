"""A service's releases as the cluster keeps them: a Deployment's ReplicaSets, a DaemonSet's ControllerRevisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.cluster.names import CHANGE_CAUSE, POD_HASH, REVISION, kept_template
from lab.live.connection import Kube
from lab.live.inventory import Inventory, Workload, environment_of, version_of
from lab.live.loglines import moment_of

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Revision:
    number: int
    made: float
    change_cause: str
    template: Object

    @property
    def version(self) -> str:
        return version_of(self.template)

    @property
    def settings(self) -> Mapping[str, str]:
        return environment_of(self.template)


def history(kube: Kube, inventory: Inventory, workload: Workload) -> list[Revision]:
    """Newest first."""
    plural = "controllerrevisions" if workload.is_daemon_set else "replicasets"
    read = _of_daemon_set if workload.is_daemon_set else _of_deployment
    found = kube.get(inventory.collection(plural), labelSelector=workload.selector)["items"]
    uid = workload.found["metadata"]["uid"]
    owned = [item for item in found if any(o["uid"] == uid for o in item["metadata"].get("ownerReferences", []))]
    return sorted((read(item) for item in owned), key=lambda revision: -revision.number)


def releases(revisions: Sequence[Revision]) -> list[Revision]:
    """One revision a release, its newest: a restart makes a revision too, but no release."""
    kept: dict[str, Revision] = {}
    for revision in revisions:
        kept.setdefault(revision.version, revision)
    return list(kept.values())


def rollback_target(revisions: Sequence[Revision], running: str, version: str | None) -> Revision | None:
    """The release asked for, or the one before the running one."""
    others = [revision for revision in releases(revisions) if revision.version != running]
    if version is None:
        return others[0] if others else None
    return next((revision for revision in others if revision.version == version), None)


def _of_deployment(item: Object) -> Revision:
    template = _clean(item["spec"]["template"])
    annotations = item["metadata"].get("annotations") or {}
    return Revision(int(annotations.get(REVISION, 0)), _made(item), annotations.get(CHANGE_CAUSE, ""), template)


def _of_daemon_set(item: Object) -> Revision:
    cause = (item["metadata"].get("annotations") or {}).get(CHANGE_CAUSE, "")
    return Revision(int(item["revision"]), _made(item), cause, kept_template(item))


def _clean(template: Object) -> Object:
    metadata = dict(template.get("metadata") or {})
    metadata["labels"] = {name: value for name, value in (metadata.get("labels") or {}).items() if name != POD_HASH}
    return {**template, "metadata": metadata}


def _made(item: Object) -> float:
    return moment_of(item["metadata"]["creationTimestamp"]) or 0.0
