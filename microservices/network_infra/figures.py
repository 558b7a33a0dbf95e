"""What Prometheus sees of a decision."""

from microservices.common import metrics
from microservices.network_infra.peers import up_zones
from microservices.network_infra.routes import Decision, Heard

_announced = metrics.gauge("bgp_prefixes_announced", "Prefixes announced to a zone", ("to_zone",))
_received = metrics.gauge("bgp_prefixes_received", "Prefixes of a zone that are in use", ("from_zone",))
_peers_up = metrics.gauge("bgp_peers_up", "Speakers of other zones that answered last time")
_withdrawn = metrics.gauge("bgp_routes_withdrawn", "Prefixes that their speaker does not announce to us")
_suppressed = metrics.gauge("bgp_routes_suppressed", "Prefixes suppressed here until an operator clears them")

CONCERNS = ("routes_withdrawn", "routes_suppressed", "routes_held_by_override", "export_filter_denies")


def show(heard: list[Heard], decision: Decision) -> None:
    for peer in heard:
        _announced.labels(peer.zone).set(int(peer.zone not in decision.withheld))
        _received.labels(peer.zone).set(int(in_use(peer.zone, decision)))
    _peers_up.set(len(up_zones(heard)))
    _withdrawn.set(len(decision.withdrawn))
    _suppressed.set(len(decision.kept.suppressed))
    _show_concerns(decision)


def in_use(zone: str, decision: Decision) -> bool:
    return zone not in decision.withdrawn and zone not in decision.kept.suppressed


def _show_concerns(decision: Decision) -> None:
    metrics.set_concern("routes_withdrawn", bool(decision.withdrawn))
    metrics.set_concern("routes_suppressed", bool(decision.kept.suppressed))
    metrics.set_concern("routes_held_by_override", decision.override)
    metrics.set_concern("export_filter_denies", bool(decision.filter_denies))
