"""Rolling out a release as a pipeline would: new settings, a version and the reason for the change, in one patch."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar

from fault_injectors.base import Cluster, Object, Params, ReleaseParams, WrongParams, the_release

VERSION = "SERVICE_VERSION"
CHANGE_CAUSE = "kubernetes.io/change-cause"
KINDS = ("deployments", "daemonsets")


class ByRelease:
    """A fault that is a release, and the settings without which the release would be innocent."""

    needs: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def inject(self, cluster: Cluster, params: Params) -> None:
        roll_out(cluster, self.release(params))

    def active(self, cluster: Cluster, params: Params) -> bool:
        return runs(cluster, self.release(params))

    def release(self, params: Params) -> ReleaseParams:
        release = the_release(params)
        for name, means in self.needs.items():
            if name not in release.env:
                raise WrongParams(f"the release of {release.service} needs {name}: {means}")
        return release


class NoSuchWorkload(LookupError):
    pass


def roll_out(cluster: Cluster, release: ReleaseParams) -> None:
    """Hands the release to the cluster; whether it has come everywhere is `rolled_out`'s to say."""
    path, workload = _workload(cluster, release.service)
    if not _runs(workload, release):
        cluster.patch(path, _patch(workload, release))


def runs(cluster: Cluster, release: ReleaseParams) -> bool:
    """Whether the workload asks for this release, by its settings and not by its version's name."""
    return _runs(_workload(cluster, release.service)[1], release)


def rolled_out(cluster: Cluster, service: str) -> bool:
    """Every replica is of the newest template and ready, and none of an older one is left."""
    found = _workload(cluster, service)[1]
    status, wanted = found.get("status", {}), _wanted(found)
    seen = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
    return seen and all(status.get(name, 0) == wanted for name in _counts(found))


def _wanted(workload: Object) -> int:
    if "replicas" in workload["spec"]:
        return int(workload["spec"]["replicas"])
    return int(workload.get("status", {}).get("desiredNumberScheduled", 0))


def _counts(workload: Object) -> tuple[str, ...]:
    if "replicas" in workload["spec"]:
        return ("updatedReplicas", "readyReplicas", "replicas")
    return ("updatedNumberScheduled", "numberReady", "currentNumberScheduled")


def _workload(cluster: Cluster, service: str) -> tuple[str, Object]:
    for path in _paths(cluster, service):
        found = cluster.find(path)
        if found is not None:
            return path, found
    raise NoSuchWorkload(f"there is no workload {service} in the namespace {cluster.shop}")


def _paths(cluster: Cluster, service: str) -> Iterator[str]:
    return (f"/apis/apps/v1/namespaces/{cluster.shop}/{kind}/{service}" for kind in KINDS)


def _settings(release: ReleaseParams) -> dict[str, str]:
    return {**release.env, VERSION: release.version}


def _runs(workload: Object, release: ReleaseParams) -> bool:
    have = _environment(_main_container(workload))
    return all(have.get(name) == value for name, value in _settings(release).items())


def _main_container(workload: Object) -> Object:
    """The service's own container stands first; what follows are its companions."""
    first: Object = workload["spec"]["template"]["spec"]["containers"][0]
    return first


def _environment(container: Object) -> Mapping[str, str | None]:
    return {entry["name"]: entry.get("value") for entry in container.get("env", [])}


def _patch(workload: Object, release: ReleaseParams) -> Object:
    env = [{"name": name, "value": value} for name, value in _settings(release).items()]
    container = {"name": _main_container(workload)["name"], "env": env}
    return {
        "metadata": {"annotations": {CHANGE_CAUSE: release.change_cause}},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
