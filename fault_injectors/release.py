"""Rolling out a release as a pipeline would: new settings, a version and the reason for the change, in one patch."""

import re
from collections.abc import Callable, Iterator, Mapping
from reprlib import repr as shortly
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from fault_injectors.base import Cluster, Object, Params, ReleaseParams, WrongParams, the_release

VERSION = "SERVICE_VERSION"
CHANGE_CAUSE = "kubernetes.io/change-cause"
KINDS = ("deployments", "daemonsets")


class Need(NamedTuple):
    """A setting's part of a fault; with a value that does no harm the release is innocent, or nothing starts."""

    decides: str
    harms: Callable[[str], object]
    accepted: str


def like(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


class ByRelease:
    """A fault that is a release, and the settings without which the release would be innocent."""

    needs: ClassVar[Mapping[str, Need]] = MappingProxyType({})

    def check(self, params: Params) -> None:
        release = the_release(params)
        self.must_have_all(release)
        self.must_do_harm(release)

    def inject(self, cluster: Cluster, params: Params) -> None:
        self.check(params)
        roll_out(cluster, the_release(params))

    def active(self, cluster: Cluster, params: Params) -> bool:
        self.check(params)
        return runs(cluster, the_release(params))

    def must_have_all(self, release: ReleaseParams) -> None:
        for name, need in self.needs.items():
            if name not in release.env:
                raise WrongParams(f"the release of {release.service} needs {name}: {need.decides}")

    def must_do_harm(self, release: ReleaseParams) -> None:
        if not release.env:
            raise WrongParams(
                f"the release of {release.service} changes no setting, so it makes no fault; "
                "accepted: env with at least one, such as env = { MODEL = 'deep-v2' }"
            )
        for name, need in self.needs.items():
            _must_harm(name, need, release.env[name])


def _must_harm(name: str, need: Need, value: str) -> None:
    if not need.harms(value):
        raise WrongParams(
            f"env.{name} ({need.decides}) is {shortly(value)}, which makes no fault; accepted: {need.accepted}"
        )


class NoSuchWorkload(LookupError):
    pass


def roll_out(cluster: Cluster, release: ReleaseParams) -> None:
    """Hands the release to the cluster; whether it has come everywhere is `rolled_out`'s to say."""
    path, workload = _workload(cluster, release.service)
    if not _has(workload, _settings(release)):
        cluster.patch(path, _patch(workload, release))


def runs(cluster: Cluster, release: ReleaseParams) -> bool:
    """Whether the workload has this release's settings, whatever its version is called; one without any is nowhere."""
    return bool(release.env) and _has(_workload(cluster, release.service)[1], release.env)


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


def _has(workload: Object, settings: Mapping[str, str]) -> bool:
    have = _environment(_main_container(workload))
    return all(have.get(name) == value for name, value in settings.items())


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
