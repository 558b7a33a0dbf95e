"""Which pods stay and which are replaced. Pure.

A pod is replaced, not mended: a new process is the one thing that forgets what it has been through.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from lab.cluster.names import BACKSTAGE
from lab.cluster.pod import app_of, is_going, is_over, is_ready, name_of, restarts_of
from lab.live.baseline.caches import cache_differences
from lab.live.baseline.history import is_current
from lab.live.baseline.nodes import ZONE_NODES
from lab.live.baseline.speakers import forgetting
from lab.live.baseline.values import Difference, Object, ProcessSeen, Send, Stage

# The container gets this long between SIGTERM and SIGKILL; nobody is being served by a pod that is replaced here.
GRACE_SECONDS = 1
FIRST_GENERATION = 1.0
# The slowest starts in a dozen on an idle machine.
STUCK_SECONDS = 60.0
DATABASE, LATCHED = "postgres-db", "breaker_latched"


def pod_differences(
    pods: Sequence[Object],
    sets: Sequence[Object],
    workloads: Mapping[str, Object],
    processes: Mapping[str, ProcessSeen | None],
    now: float,
) -> Iterator[Difference]:
    """`workloads` are the declared ones by kind and name; `sets` tell a Deployment's current pods from others."""
    current = {found["metadata"]["name"]: _deployment_of(found, workloads) for found in sets}
    counted: dict[str, int] = {}
    staying: list[Object] = []
    database = any(_is_of_database(pod) and _is_new_and_runs(pod) for pod in pods)
    for pod in _judged(pods, workloads):
        owner = _workload_of(pod, current, workloads)
        name = name_of(pod)
        if is_going(pod):
            yield Difference("pod", name, "is still ending", Stage.PODS, _hurried(pod))
        elif why := _why_replaced(pod, owner, workloads, processes.get(name)):
            yield _replace(pod, why) if database or not _latches(processes.get(name)) else _later(pod, why)
        elif not is_ready(pod):
            yield _replace(pod, "does not become ready") if _age(pod, now) > STUCK_SECONDS else _waited_for(pod, pods)
        else:
            staying.append(pod)
        if owner and not is_going(pod):
            counted[owner] = counted.get(owner, 0) + 1
    yield from _miscounted(workloads, counted)
    yield from cache_differences(staying, workloads, processes)


def _judged(pods: Iterable[Object], workloads: Mapping[str, Object]) -> Iterator[Object]:
    """Behind the shop only what is declared is looked at, and its pods: a stranger's would come back for ever."""
    behind = [found for found in workloads.values() if found["metadata"].get("namespace") == BACKSTAGE]
    apps = {found["spec"]["template"]["metadata"]["labels"]["app"] for found in behind}
    return (pod for pod in pods if pod["metadata"]["namespace"] != BACKSTAGE or app_of(pod) in apps)


def _why_replaced(
    pod: Object, owner: str | None, workloads: Mapping[str, Object], process: ProcessSeen | None
) -> str | None:
    if owner is None:
        return "belongs to no declared release"
    if is_over(pod):
        return f"has ended ({pod['status']['phase']})"
    if restarts := restarts_of(pod):
        return f"has restarted {restarts} times"
    if not _fits(pod, workloads[owner]["spec"]["template"]):
        return "runs something else"
    return _why_of_process(process) if process else None


def _why_of_process(process: ProcessSeen) -> str | None:
    if process.concerns:
        return f"says {', '.join(sorted(process.concerns))}"
    generation = process.gauges.get("db_credentials_generation", FIRST_GENERATION)
    if generation != FIRST_GENERATION:
        return f"runs on credentials of generation {generation:.0f}"
    return None


def _fits(pod: Object, template: Object) -> bool:
    wanted, have = ([_settings(c) for c in found["spec"]["containers"]] for found in (template, pod))
    return wanted == have and not pod["spec"].get("ephemeralContainers")


def _settings(container: Object) -> tuple[str, str, list[Object]]:
    """A DaemonSet's pods of an earlier release differ in these; its controller would replace them one by one."""
    settings = sorted(container.get("env", []), key=lambda setting: str(setting["name"]))
    return container["name"], container["image"], settings


def _latches(process: ProcessSeen | None) -> bool:
    """A new process would only latch again while the database is away."""
    return process is not None and LATCHED in process.concerns


def _later(pod: Object, why: str) -> Difference:
    return Difference("pod", name_of(pod), f"{why}, and the database is not there yet", Stage.PODS)


def _waited_for(pod: Object, pods: Sequence[Object]) -> Difference:
    return Difference("pod", name_of(pod), "is not ready yet", Stage.PODS, forgetting(pod, pods))


def _age(pod: Object, now: float) -> float:
    return now - datetime.fromisoformat(pod["metadata"]["creationTimestamp"]).timestamp()


def _replace(pod: Object, why: str) -> Difference:
    return Difference("pod", name_of(pod), why, Stage.PODS, (_ended_soon(pod),))


def _hurried(pod: Object) -> tuple[Send, ...]:
    """Whoever ended it may have given it more time than a process that hangs deserves."""
    given = pod["metadata"].get("deletionGracePeriodSeconds", GRACE_SECONDS)
    return (_ended_soon(pod),) if given > GRACE_SECONDS else ()


def _ended_soon(pod: Object) -> Send:
    metadata = pod["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
    return Send("DELETE", path, {"gracePeriodSeconds": GRACE_SECONDS})


def _miscounted(workloads: Mapping[str, Object], counted: Mapping[str, int]) -> Iterator[Difference]:
    for key, workload in workloads.items():
        # A DaemonSet has one in each zone.
        wanted = workload["spec"].get("replicas", len(ZONE_NODES))
        have = counted.get(key, 0)
        if have != wanted:
            says = f"has {have} pods, not {wanted}"
            yield Difference("workload", workload["metadata"]["name"], says, Stage.PODS)


def _workload_of(pod: Object, current: Mapping[str, str | None], workloads: Mapping[str, Object]) -> str | None:
    for owner in pod["metadata"].get("ownerReferences", []):
        if owner["kind"] == "ReplicaSet":
            return current.get(owner["name"])
        if owner["kind"] == "DaemonSet":
            key = key_of(owner["kind"], pod["metadata"]["namespace"], owner["name"])
            return key if key in workloads else None
    return None


def _deployment_of(replica_set: Object, workloads: Mapping[str, Object]) -> str | None:
    for owner in replica_set["metadata"].get("ownerReferences", []):
        key = key_of(owner["kind"], replica_set["metadata"]["namespace"], owner["name"])
        if key in workloads and is_current(workloads[key]["spec"]["template"], replica_set):
            return key
    return None


def key_of(kind: str, namespace: str, name: str) -> str:
    return f"{kind}/{namespace}/{name}"


def _is_new_and_runs(pod: Object) -> bool:
    """It takes connections sooner than a client that is started now comes to ask for one."""
    return pod["status"].get("phase") == "Running" and not is_going(pod) and not restarts_of(pod)


def _is_of_database(pod: Object) -> bool:
    return app_of(pod) == DATABASE
