"""A feature flag that lets a job send the database a query without bounds, more than its memory can hold."""

from fault_injectors.base import Cluster, Params, the_flag

FLAGS_KEEPER = "config-service"


class MemoryHog:
    def check(self, params: Params) -> None:
        the_flag(params)

    def inject(self, cluster: Cluster, params: Params) -> None:
        cluster.ask(FLAGS_KEEPER, "PUT", f"/flags/{the_flag(params)}", {"enabled": True})

    def active(self, cluster: Cluster, params: Params) -> bool:
        """From the flags' own place, which can be read while their keeper is down."""
        found = cluster.find(f"/api/v1/namespaces/{cluster.shop}/configmaps/feature-flags") or {}
        return bool(found.get("data", {}).get(the_flag(params)) == "true")
