"""The baseline: what differs from it, how to get back to it, and the proof that we are."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lab.cluster import manifests
from lab.cluster.names import BACKSTAGE, SHOP
from lab.cluster.pod import app_of, is_going, name_of
from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled
from lab.live import rights
from lab.live.baseline import database, kept, past
from lab.live.baseline.acts import Doer
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.declared import Declared, declare
from lab.live.baseline.fingerprint import Fingerprint, fingerprint
from lab.live.baseline.history import history_differences
from lab.live.baseline.kinds import WORKLOADS
from lab.live.baseline.look import Looker
from lab.live.baseline.nodes import node_differences
from lab.live.baseline.objects import object_differences
from lab.live.baseline.pods import key_of, pod_differences
from lab.live.baseline.steady import LOAD, Calm, CustomersEye
from lab.live.baseline.values import Difference, Object, Seen

PATIENCE = 180.0
# Time for errors of before to be answered, and a while without any.
STEADY_PATIENCE = 12.0
EVERY = 0.2
WORKERS = 16


@dataclass(frozen=True, slots=True)
class HealReport:
    """What differed, as first seen, and how long it took until the shop was steady."""

    found: tuple[Difference, ...]
    seconds: float
    looks: int


class Baseline:
    def __init__(
        self, cluster: LabCluster, declare: Callable[[], Declared], delivered: Callable[[], object] = lambda: None
    ) -> None:
        """`delivered` tells what `lab up` has brought last: where that is another, it is declared anew."""
        self._cluster = cluster
        self._declare, self._delivered = declare, delivered
        self._known: tuple[object, Declared] | None = None
        self._several = ThreadPoolExecutor(WORKERS, thread_name_prefix="baseline")
        self._looker = Looker(cluster, self._several)
        self._doer = Doer(cluster, self._several)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._several.shutdown(cancel_futures=True)

    @property
    def declared(self) -> Declared:
        delivered = self._delivered()
        if self._known is None or self._known[0] != delivered:
            self._known = delivered, self._declare()
        return self._known[1]

    def differences(self) -> list[Difference]:
        declared = self.declared
        return compare(declared, self._looker.look(declared.objects))

    def fingerprint(self) -> Fingerprint:
        return fingerprint(self._looker.look(self.declared.objects))

    def heal(self) -> HealReport:
        """Until nothing differs any more and the customers are served; safe to break off and begin again."""
        heal = _Heal(self.declared, self._looker, self._mend)
        started = time.monotonic()
        events = self._forget_events_beside()
        wait_until(lambda: self._healed(heal), PATIENCE, every=EVERY, what="the baseline")
        if events:
            events.result()
        past.forget_events(self._cluster)
        past.note_finished(self._cluster)
        return HealReport(tuple(heal.first), time.monotonic() - started, heal.looks)

    def _forget_events_beside(self) -> Future[None] | None:
        """An incident's hundreds take seconds to delete; what healing itself brings is little at the end."""
        if past.is_forgotten(self._cluster):
            return None
        past.note_unfinished(self._cluster)
        return self._several.submit(past.forget_events, self._cluster)

    def _healed(self, heal: "_Heal") -> None:
        """The last look goes on beside the customers' calm; what it finds is mended, and calm asked for once more.

        What was healed to its end before, and is as it was, needs no more than one look.
        """
        heal.wait_for_workloads()
        if heal.found_nothing and past.is_forgotten(self._cluster):
            past.require_no_alert(self._cluster)
            return
        past.note_unfinished(self._cluster)
        with ThreadPoolExecutor(1) as beside:
            look = beside.submit(heal.look)
            # What healing itself brought; of that little is left for the end.
            beside.submit(past.forget_events, self._cluster)
            try:
                self._require_steady(heal, look)
            except NotSettled as error:
                look.result()
                raise NotYet(str(error)) from error
            look.result()

    def _mend(self, found: Sequence[Difference], seen: Seen) -> None:
        past.note_unfinished(self._cluster)
        self._doer.mend(found, _database_pod(seen))

    def _require_steady(self, heal: "_Heal", look: Future[None]) -> None:
        """A look that has found something ends it: no calm of before counts then."""
        load, eye = heal.load, CustomersEye(self._cluster, self._several)
        forgotten: set[float] = set()

        def probe() -> None:
            if look.done() and look.exception() is not None:
                return
            calm = heal.calm
            calm.add(eye.read(load))
            if calm.lasts and calm.since not in forgotten:
                past.forget_series(self._cluster, calm.since)
                forgotten.add(calm.since)
            calm.require()
            past.require_no_alert(self._cluster)

        wait_until(probe, STEADY_PATIENCE, every=EVERY, what="a steady shop")


class _Heal:
    """Look, mend, look again: at everything first and last, and in between only at what takes time to come."""

    def __init__(self, declared: Declared, looker: Looker, mend: Callable[[Sequence[Difference], Seen], None]) -> None:
        self._declared, self._looker, self._mend_all = declared, looker, mend
        self._seen: Seen | None = None
        self.calm = Calm()
        self.first: list[Difference] = []
        self.looks = 0

    @property
    def load(self) -> list[Object]:
        pods = self._seen.pods if self._seen else ()
        return [pod for pod in pods if app_of(pod) == LOAD]

    @property
    def found_nothing(self) -> bool:
        return self.looks == 1 and not self.first

    def look(self) -> None:
        begun: list[Difference] = []
        self._seen = self._looker.look(self._declared.objects, lambda seen: begun.extend(self._mend_at_once(seen)))
        found = compare(self._declared, self._seen)
        self.first = found if not self.looks else self.first
        self.looks += 1
        self._mend(found, self._seen, but=begun)

    def wait_for_workloads(self) -> None:
        if self._seen is None:
            self.look()
            return
        self._seen = self._looker.look_again(self._seen, self._declared.objects)
        self._mend(workload_differences(self._declared, self._seen), self._seen)

    def _mend_at_once(self, seen: Seen) -> list[Difference]:
        """What comes first anyway, and takes longest: nothing of it waits for programs that are still being asked."""
        found = cluster_differences(self._declared, seen)
        if found:
            self._mend_all(found, seen)
        return found

    def _mend(self, found: Sequence[Difference], seen: Seen, but: Sequence[Difference] = ()) -> None:
        if found:
            self.calm = Calm()
            if left := [difference for difference in found if difference not in but]:
                self._mend_all(left, seen)
            raise NotYet("; ".join(str(difference) for difference in found[:5]))


def workload_differences(declared: Declared, seen: Seen) -> list[Difference]:
    wanted, have = _workloads(declared.objects), _workloads(seen.objects)
    by_key = {_key(workload): workload for workload in wanted.values()}
    return [
        *object_differences(wanted, have),
        *history_differences(declared, have, seen.replica_sets, seen.revisions),
        *pod_differences(seen.pods, seen.replica_sets, by_key, seen.processes, seen.at),
    ]


def _workloads(objects: Mapping[str, Object]) -> dict[str, Object]:
    return {path: found for path, found in objects.items() if found["kind"] in WORKLOADS}


def cluster_differences(declared: Declared, seen: Seen) -> list[Difference]:
    """All that the API server knows of."""
    others = [
        {p: f for p, f in side.items() if f["kind"] not in WORKLOADS} for side in (declared.objects, seen.objects)
    ]
    return [*object_differences(*others), *workload_differences(declared, seen)]


def compare(declared: Declared, seen: Seen) -> list[Difference]:
    found = [*cluster_differences(declared, seen), *node_differences(seen.nodes)]
    if seen.database:
        found += database.database_differences(seen.database, database.logins(declared.objects.values()))
    elif not found:
        found.append(Difference("database", database.DATABASE, "does not answer"))
    return found


def _key(workload: Object) -> str:
    metadata = workload["metadata"]
    return key_of(workload["kind"], metadata["namespace"], metadata["name"])


def _database_pod(seen: Seen) -> str | None:
    names = (name_of(pod) for pod in seen.pods if app_of(pod) == database.SERVICE and not is_going(pod))
    return next(names, None)


def of_own_cluster(cluster: LabCluster) -> Baseline:
    return Baseline(cluster, lambda: declared_for(cluster), lambda: kept.delivered(cluster))


def declared_for(cluster: LabCluster) -> Declared:
    references = kept.delivered(cluster)
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in (SHOP, BACKSTAGE)]
    found = [
        *spaces,
        *manifests.objects(SHOP, references),
        *manifests.objects(BACKSTAGE, references),
        *rights.declared(),
        *kept.first_credentials(cluster),
    ]
    return declare(found, _earlier, lambda path, body: cluster.create(path, body, dryRun="All"))


def _earlier(found: Object) -> Object | None:
    return manifests.earlier(found) if manifests.is_workload(found) else None
