"""What a proof needs beside the world itself: healing, its fingerprint, figures, and what no agent's look tells."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from lab.cluster.kubectl import kubectl
from lab.cluster.lock import Hold
from lab.live.baseline.baseline import Baseline, HealReport
from lab.live.baseline.fingerprint import Fingerprint
from lab.live.connection import KubeRefused
from lab.live.console import Console
from lab.live.findings import Endings, Reached

# Each of them once, however often a container that starts again repeats what its predecessor wrote. Nobody but the
# kernel may send that signal to the database's processes: the container has no rights, and the lab sends none.
_KILLED = re.compile(r"^(\S+ \S+) GMT \[\d+\].*\(PID \d+\) was terminated by signal 9", re.MULTILINE)
_STAMP = "%Y-%m-%d %H:%M:%S.%f%z"
# A partition drops what is sent, so that only time tells; on this cluster an answer takes a millisecond.
_REACHES = """
import concurrent.futures, socket, sys
def reached(target):
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    return True
with concurrent.futures.ThreadPoolExecutor(32) as several:
    print(sum(several.map(reached, sys.argv[1:])))
"""
PROBE_TIMEOUT = 20.0

Object = dict[str, Any]


class Ground(Protocol):
    def heal(self) -> HealReport: ...
    def fingerprint(self) -> Fingerprint: ...
    def measure(self, promql: str) -> float | None: ...
    def endings(self, service: str) -> Endings: ...
    def connections(self, service: str, into: str) -> Mapping[str, Reached]:
        """By zone of the service's pods: new connections from there to all that listens in the zone `into`."""


class LiveGround:
    """Whoever heals or takes fingerprints has the cluster: nobody else's episode may stand in them."""

    def __init__(self, baseline: Baseline, console: Console, hold: Hold) -> None:
        self._baseline, self._hold, self._console = baseline, hold, console
        self.measure = console.prometheus.number

    def heal(self) -> HealReport:
        self._hold.take()
        return self._baseline.heal()

    def fingerprint(self) -> Fingerprint:
        self._hold.take()
        return self._baseline.fingerprint()

    def endings(self, service: str) -> Endings:
        mains = [(pod, main) for pod in self._console.inventory.pods(service) if (main := _main_status(pod))]
        stamps = {stamp for pod, main in mains for stamp in self._killed(pod, main)}
        waiting = [main["state"].get("waiting", {}).get("reason") for _, main in mains]
        return Endings(tuple(map(_seconds, sorted(stamps))), "CrashLoopBackOff" in waiting)

    def connections(self, service: str, into: str) -> Mapping[str, Reached]:
        inventory = self._console.inventory
        targets = [target for pod in self._shops_pods() if inventory.zone_of(pod) == into for target in _listens(pod)]
        return {inventory.zone_of(pod): self._reached(pod, targets) for pod in inventory.pods(service)}

    def _killed(self, pod: Object, main: Object) -> Iterator[str]:
        for previous in ("true", "false") if main["restartCount"] else ("false",):
            yield from _KILLED.findall(self._log(pod, main["name"], previous))

    def _log(self, pod: Object, container: str, previous: str) -> str:
        kube = self._console.kube
        path = f"/api/v1/namespaces/{kube.shop}/pods/{pod['metadata']['name']}/log"
        try:
            return kube.text(path, container=container, previous=previous)
        except KubeRefused:  # a container that has not started yet, or whose predecessor is swept away
            return ""

    def _shops_pods(self) -> list[Object]:
        kube = self._console.kube
        found: list[Object] = kube.get(f"/api/v1/namespaces/{kube.shop}/pods")["items"]
        return found

    def _reached(self, pod: Object, targets: list[str]) -> Reached:
        words = ("--namespace", self._console.kube.shop, "exec", pod["metadata"]["name"], "--container")
        container = pod["spec"]["containers"][0]["name"]
        said = kubectl(*words, container, "--", "python3", "-c", _REACHES, *targets, timeout=PROBE_TIMEOUT)
        return Reached(int(said), len(targets))


def _seconds(stamp: str) -> float:
    return datetime.strptime(f"{stamp}+0000", _STAMP).timestamp()


def _main_status(pod: Object) -> Object | None:
    """Of the service's own container; what follows in a pod are its companions."""
    name = pod["spec"]["containers"][0]["name"]
    statuses: list[Object] = pod["status"].get("containerStatuses", [])
    return next((status for status in statuses if status["name"] == name), None)


def _listens(pod: Object) -> Iterator[str]:
    """What stands on the node's own address is not in the zone's prefix."""
    address = pod["status"].get("podIP")
    if address and address != pod["status"].get("hostIP"):
        for container in pod["spec"]["containers"][:1]:
            yield from (f"{address}:{port['containerPort']}" for port in container.get("ports", []))
