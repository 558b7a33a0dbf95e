"""The shop and what stands behind it, from an empty cluster to a steady shop: a list of steps, each safe to repeat."""

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cached_property

from lab.cluster import images
from lab.cluster.kube import Kube, Object
from lab.cluster.manifests import earlier, is_workload, objects
from lab.cluster.names import BACKSTAGE, SHOP
from lab.cluster.steady import Steadiness
from lab.cluster.steps import Step
from lab.cluster.wait import NotYet, wait_until
from lab.errors import LabFault

CONTROLLER_PATIENCE = 60.0
PODS_PATIENCE = 180.0
STEADY_PATIENCE = 120.0
REMOVAL_PATIENCE = 60.0
SEVERAL = 8
# On two cores: all at once took 62 s, some pods missing their startup probes; six at a time took 31 s.
STARTS_AT_ONCE = 6
LOAD = "loadgen"
# What others find at their first step, or else they begin their lives with errors.
STORES = ("postgres-db", "redis-payment-cache", "redis-reco-cache", "redis-session")

# The edge warms its cache from the other two, while the rest starts.
LONG_STARTS = ("image-service", "product-service", "cdn-edge")

# Secret -> the database role whose password it carries.
ROLES: Mapping[str, str] = {
    "db-shop-app": "shop_app",
    "db-auth": "auth_app",
    "db-payment": "payment_app",
    "db-product": "product_app",
    "db-analytics": "analytics_app",
    "db-config": "config_admin",
}
PREVIOUS = "db-shop-app-previous"


def steps() -> list[Step]:
    shop = Shop()
    return [
        Step("build the images", images.build_all),
        Step("load them into the nodes", images.load_all),
        Step("namespaces and credentials", shop.open),
        Step("Prometheus", shop.start_watching),
        Step("databases", shop.start_stores),
        Step("services", shop.start_services),
        Step("customers", shop.let_customers_in),
        Step("a steady shop", shop.require_steady),
        Step("note what was delivered", shop.note_delivery),
    ]


@dataclass
class Shop:
    connect: Callable[[], Kube] = Kube.connect
    references: Callable[[], Mapping[str, str]] = images.references
    steadiness: Callable[[Kube], Callable[[], None]] = Steadiness
    _given_up: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def kube(self) -> Kube:
        """Not before the first step that needs it: when the list is made there may be no cluster yet."""
        return self.connect()

    @cached_property
    def shop(self) -> list[Object]:
        return objects(SHOP, self.references())

    @cached_property
    def backstage(self) -> list[Object]:
        return objects(BACKSTAGE, self.references())

    def open(self) -> None:
        for name in (SHOP, BACKSTAGE):
            self._open_namespace({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for secret in credentials():
            if self.kube.find(secret) is None:  # a password that somebody already runs on stays
                self.kube.create(self._as_kept(secret))

    def _open_namespace(self, wanted: Object) -> None:
        if is_ending(self.kube.find(wanted)):
            self._settle(self._require_gone, wanted, REMOVAL_PATIENCE)
        self.kube.apply(wanted)

    def _as_kept(self, fresh: Object) -> Object:
        """With the password that healing goes back to, where a shop before this one left it behind the scenes."""
        kept = self.kube.find({**fresh, "metadata": {**fresh["metadata"], "namespace": BACKSTAGE}})
        if kept is None:
            return fresh
        return {key: value for key, value in fresh.items() if key != "stringData"} | {"data": kept["data"]}

    def start_watching(self) -> None:
        self._bring(one for one in self.backstage if not _is_load(one))

    def start_stores(self) -> None:
        """The rest of the shop is told of, but not waited for: names and accounts before those who use them."""
        self._each(self.kube.apply, (one for one in self.shop if not is_workload(one)))
        self._bring(one for one in self.shop if is_workload(one) and _name(one) in STORES)

    def start_services(self) -> None:
        services = [one for one in self.shop if is_workload(one) and _name(one) not in STORES]
        self._bring(sorted(services, key=lambda one: _name(one) not in LONG_STARTS))

    def let_customers_in(self) -> None:
        self._bring(one for one in self.backstage if _is_load(one))

    def require_steady(self) -> None:
        wait_until(self.steadiness(self.kube), STEADY_PATIENCE, every=0.5, what="a steady shop")

    def note_delivery(self) -> None:
        """Sources may change after; healing goes back to these images and no others."""
        self.kube.apply(delivery(self.references()))

    def _bring(self, found: Iterable[Object]) -> None:
        """Apply, and wait until all pods are there; so many workloads start at once and no more."""
        wanted = list(found)
        self._each(self.kube.apply, (one for one in wanted if not is_workload(one)))
        self._each(self._bring_workload, filter(is_workload, wanted), at_once=STARTS_AT_ONCE)

    def _each(self, act: Callable[[Object], object], found: Iterable[Object], at_once: int = SEVERAL) -> None:
        with ThreadPoolExecutor(at_once) as several:
            try:
                done, _ = wait([several.submit(act, one) for one in found], return_when=FIRST_EXCEPTION)
                for one in done:
                    one.result()
            except BaseException:
                self._given_up.set()  # or those that still wait would hold up the end, Ctrl-C's too
                several.shutdown(wait=False, cancel_futures=True)
                raise

    def _bring_workload(self, wanted: Object) -> None:
        live = self.kube.find(wanted)
        if live and (is_ending(live) or self._would_change(live, wanted)):
            # Made anew, so that its history stays two releases long.
            self.kube.delete(live)
            self._settle(self._require_gone, wanted, REMOVAL_PATIENCE)
            live = None
        if live is None:
            self._write_history(wanted)
        self.kube.apply(wanted)
        self._settle(self._require_ready, wanted, PODS_PATIENCE)

    def _settle(self, probe: Callable[[Object], None], wanted: Object, patience: float) -> None:
        def unless_given_up() -> None:
            if self._given_up.is_set():
                raise LabFault(f"{_name(wanted)} is not waited for any more, because something else failed.")
            probe(wanted)

        wait_until(unless_given_up, patience, every=0.2, what=_name(wanted))

    def _would_change(self, live: Object, wanted: Object) -> bool:
        outcome = self.kube.apply(wanted, dry_run=True)
        return bool(outcome["spec"]["template"] != live["spec"]["template"])

    def _require_gone(self, wanted: Object) -> None:
        if self.kube.find(wanted) is not None:
            raise NotYet("it is still there")

    def _write_history(self, wanted: Object) -> None:
        """The release before, with no replicas so that nothing of it runs; a DaemonSet's starts for a moment."""
        if before := earlier(wanted):
            if wanted["kind"] == "Deployment":
                before["spec"]["replicas"] = 0
            self.kube.apply(before)
            self._settle(self._require_recorded, wanted, CONTROLLER_PATIENCE)

    def _require_recorded(self, wanted: Object) -> None:
        live = self.kube.find(wanted) or {}
        if live.get("status", {}).get("observedGeneration") != live["metadata"]["generation"]:
            raise NotYet("its controller has not looked yet")

    def _require_ready(self, wanted: Object) -> None:
        if lacking := unready(self.kube.find(wanted)):
            raise NotYet(lacking)


def delivery(references: Mapping[str, str]) -> Object:
    metadata = {"name": "delivered-images", "namespace": BACKSTAGE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(references)}


def credentials() -> list[Object]:
    """Fresh ones; the set before the published one is kept as after an earlier rotation."""
    return [
        *(_credential(name, role, generation=1) for name, role in ROLES.items()),
        _credential(PREVIOUS, ROLES["db-shop-app"], generation=0),
    ]


def _credential(name: str, role: str, generation: int) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {"name": name, "namespace": SHOP},
        "stringData": {"username": role, "password": secrets.token_urlsafe(24), "generation": str(generation)},
    }


def is_ending(live: Object | None) -> bool:
    return live is not None and "deletionTimestamp" in live["metadata"]


def unready(live: Object | None) -> str:
    """What a workload still lacks, or nothing. Pure."""
    if live is None:
        return "is not there"
    status = live.get("status", {})
    if status.get("observedGeneration") != live["metadata"]["generation"]:
        return "is not looked at yet"
    wanted, updated, ready, present = _counts(live, status)
    if updated < wanted or ready < wanted or present > wanted:
        return f"has {ready} of {wanted} ready"
    return ""


def _counts(live: Object, status: Object) -> tuple[int, int, int, int]:
    """Wanted, of the current release, ready, present."""
    if live["kind"] == "DaemonSet":
        names = ("desiredNumberScheduled", "updatedNumberScheduled", "numberReady", "currentNumberScheduled")
    else:
        names = ("", "updatedReplicas", "availableReplicas", "replicas")
    found = [int(status.get(name) or 0) for name in names]
    return (found[0] or int(live["spec"].get("replicas", 1)), found[1], found[2], found[3])


def _is_load(found: Object) -> bool:
    return _name(found).startswith(LOAD)


def _name(found: Object) -> str:
    return str(found["metadata"]["name"])
