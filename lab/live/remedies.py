"""The remedies: what an on-call changes in the cluster. Each returns when its effect has settled, or says that not."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from fault_injectors.memory_hog import FLAGS_KEEPER
from lab.actions import MEASURING_STEPS, Remedy, RemedyKind
from lab.cluster.names import CHANGE_CAUSE
from lab.errors import Unknown
from lab.live import runbook
from lab.live.connection import JSON_PATCH, MERGE, ServiceFailed
from lab.live.console import Console
from lab.live.inventory import Workload
from lab.live.revisions import Revision, history, releases, rollback_target
from lab.live.rollout import settle
from lab.world import Outcome

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
# Services with an operation that drops their own entries, and those that are nothing but entries in memory.
CACHE_OWNERS = frozenset({"auth-service", "cdn-edge", "payment-service", "product-service", "recommendation-service"})
CACHE_PREFIX = "redis-"

Object = dict[str, Any]


def do(console: Console, remedy: Remedy) -> Outcome:
    try:
        return _REMEDIES[remedy.kind](console, remedy)
    finally:
        if remedy.target not in MEASURING_STEPS:
            console.changed_at = time.monotonic()


def restart(console: Console, remedy: Remedy) -> Outcome:
    _replace_pods(console, remedy.target)
    return _settled(console, remedy.target, f"{remedy.target} was restarted")


def roll_back(console: Console, remedy: Remedy) -> Outcome:
    service = remedy.target
    workload = console.inventory.workload(service)
    revisions = history(console.kube, console.inventory, workload)
    target = rollback_target(revisions, workload.version, remedy.version)
    if target is None:
        return _no_rollback(workload, [revision.version for revision in releases(revisions)], remedy.version)
    kind = None if workload.is_daemon_set else JSON_PATCH
    path = console.inventory.path(service)
    body = _daemon_set_at(target) if workload.is_daemon_set else _deployment_at(target)
    console.kube.patch(path, body, kind) if kind else console.kube.patch(path, body)
    return _settled(console, service, f"{service} was rolled back from {workload.version} to {target.version}")


def scale(console: Console, remedy: Remedy) -> Outcome:
    service, wanted = remedy.target, remedy.replicas or 0
    workload = console.inventory.workload(service)
    if workload.is_daemon_set:
        return Outcome(f"{service} runs once on each zone's node (a DaemonSet) and has no replicas to set.", False)
    console.kube.patch(f"{console.inventory.path(service)}/scale", {"spec": {"replicas": wanted}}, MERGE)
    outcome = _settled(console, service, f"{service} was scaled from {workload.wanted} to {wanted} replicas")
    return Outcome(outcome.text, workload.wanted != wanted, outcome.settled)


def clear_cache(console: Console, remedy: Remedy) -> Outcome:
    service = remedy.target
    console.inventory.plural(service)
    if service.startswith(CACHE_PREFIX):
        _replace_pods(console, service)
        return _settled(console, service, f"{service} keeps its entries in memory only and was emptied by a restart")
    if service not in CACHE_OWNERS:
        return Outcome(f"{service} keeps no cache that could be cleared.", False)
    try:
        removed = console.kube.ask(service, "POST", "/ops/clear-cache")["removed"]
    except ServiceFailed as failure:
        return runbook.not_done(failure, f"The cache of {service} was not cleared")
    return Outcome(f"The cache of {service} was cleared: {removed} entries removed.", removed > 0)


def disable_flag(console: Console, remedy: Remedy) -> Outcome:
    flag, flags = remedy.target, console.flags()
    if flag not in flags:
        raise Unknown(f"There is no feature flag {flag[:60]!r}; accepted: {', '.join(flags)}.")
    try:
        was = console.kube.ask(FLAGS_KEEPER, "PUT", f"/flags/{flag}", {"enabled": False})["was"]
    except ServiceFailed as failure:
        return runbook.not_done(failure, f"The feature flag {flag} was not changed")
    said = "was on and is off now" if was else "was off already"
    return Outcome(f"The feature flag {flag} {said}. Services read their flags in their own time.", bool(was))


def _replace_pods(console: Console, service: str) -> None:
    stamp = {RESTARTED_AT: datetime.now(UTC).isoformat(timespec="microseconds")}
    body = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
    console.kube.patch(console.inventory.path(service), body)


def _settled(console: Console, service: str, done: str) -> Outcome:
    missing = settle(console.inventory, service)
    if missing is None:
        workload = console.inventory.workload(service)
        return Outcome(f"{done}; {workload.ready} of {workload.wanted} pods are ready.", True)
    return Outcome(f"{done}, but this has not settled yet: {missing}.", True, settled=False)


def _no_rollback(workload: Workload, known: list[str], version: str | None) -> Outcome:
    service, running = workload.service, workload.version
    if version is None or version == running:
        why = f"it runs {running} already" if version else "its history holds no other release"
        return Outcome(f"{service} was not rolled back: {why}.", False)
    raise Unknown(f"{service} has no release {version[:60]!r}; accepted: previous, {', '.join(known)}.")


def _deployment_at(target: Revision) -> list[Object]:
    """The template as a whole, so that what later releases added goes as well."""
    cause = CHANGE_CAUSE.replace("~", "~0").replace("/", "~1")
    return [
        {"op": "replace", "path": "/spec/template", "value": target.template},
        {"op": "add", "path": f"/metadata/annotations/{cause}", "value": target.change_cause},
    ]


def _daemon_set_at(target: Revision) -> Object:
    return {
        "metadata": {"annotations": {CHANGE_CAUSE: target.change_cause}},
        "spec": {"template": target.template | {"$patch": "replace"}},
    }


def _run(console: Console, remedy: Remedy) -> Outcome:
    return runbook.run(console, remedy.target)


_REMEDIES: Mapping[RemedyKind, Callable[[Console, Remedy], Outcome]] = {
    "restart_service": restart,
    "rollback_deploy": roll_back,
    "scale_service": scale,
    "clear_cache": clear_cache,
    "disable_feature_flag": disable_flag,
    "execute_runbook_step": _run,
}
