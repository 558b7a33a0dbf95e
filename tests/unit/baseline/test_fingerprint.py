"""What the fingerprint shows, what a process tells, and when a shop is calm."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from lab.cluster.wait import NotYet
from lab.live.baseline.fingerprint import fingerprint
from lab.live.baseline.processes import parse
from lab.live.baseline.steady import Calm, Reading, outcomes
from lab.live.baseline.values import (
    NodeSeen,
    ProcessSeen,
    Seen,
)
from tests.unit.baseline.kit import DEPLOYMENT, SERVICE, encoded, pod_of, verifier_of, with_spec


def test_the_fingerprint_leaves_out_names_times_and_addresses(healthy: Seen) -> None:
    other = deepcopy(healthy)
    other.pods[0]["metadata"]["name"] = "auth-7"
    other.objects[SERVICE]["spec"]["clusterIP"] = "10.0.0.1"
    other.objects[DEPLOYMENT]["metadata"]["resourceVersion"] = "99"
    other = replace(other, processes={"auth-7": healthy.processes["auth-1"], "net-1": healthy.processes["net-1"]})
    assert fingerprint(other).digest == fingerprint(healthy).digest


@pytest.mark.parametrize(
    "change",
    [
        lambda seen: with_spec(seen, DEPLOYMENT, replicas=2),
        lambda seen: replace(seen, replica_sets=seen.replica_sets[1:]),
        lambda seen: replace(seen, revisions=seen.revisions[1:]),
        lambda seen: replace(seen, pods=seen.pods[1:]),
        lambda seen: replace(seen, nodes={"node-1": NodeSeen(("-A NETINFRA-ROUTES -j DROP",), ())}),
        lambda seen: replace(seen, database=replace(seen.database, digests={"columns": "x"})),
        lambda seen: replace(seen, nodes={"node-1": NodeSeen((), ("/var/lib/network-infra/routes.json",))}),
        lambda seen: with_process(seen, concerns=frozenset({"breaker_latched"})),
        lambda seen: with_process(seen, gauges={"db_credentials_generation": 3.0}),
        lambda seen: replace(seen, database=replace(seen.database, verifiers={"shop_app": verifier_of("other")})),
        lambda seen: with_secret(seen, generation=encoded("2")),
        lambda seen: with_container(seen, resources={"limits": {"cpu": "2"}}),
        lambda seen: with_container(seen, env=[{"name": "MODE", "value": "other"}]),
    ],
)
def test_the_fingerprint_shows_every_part(healthy: Seen, change: Any) -> None:
    assert fingerprint(change(healthy)).differs_from(fingerprint(healthy))


@pytest.mark.parametrize(("entries", "same"), [(79.0, True), (3.0, False)])
def test_the_fingerprint_shows_a_cold_edge_and_not_an_entry_whose_time_is_over(
    healthy: Seen, entries: float, same: bool
) -> None:
    edge = pod_of("edge-1", [], "cdn-edge")

    def holding(entries: float) -> Seen:
        return replace(healthy, pods=(edge,), processes={"edge-1": ProcessSeen(gauges={"cache_entries": entries})})

    assert (fingerprint(holding(entries)) == fingerprint(holding(100.0))) is same


def with_process(seen: Seen, **says: Any) -> Seen:
    process = seen.processes["auth-1"]
    assert process is not None
    return replace(seen, processes=dict(seen.processes) | {"auth-1": replace(process, **says)})


def with_secret(seen: Seen, **data: str) -> Seen:
    objects = deepcopy(dict(seen.objects))
    objects["/api/v1/namespaces/shop/secrets/db-shop-app"]["data"] |= data
    return replace(seen, objects=objects)


def with_container(seen: Seen, **settings: Any) -> Seen:
    changed = deepcopy(seen)
    changed.pods[0]["spec"]["containers"][0] |= settings
    return changed


def test_a_process_tells_its_concerns_that_are_not_zero() -> None:
    text = (
        '# HELP service_concern x\nservice_concern{concern="breaker_latched"} 1.0\n'
        'service_concern{concern="unbounded_export_running"} 0.0\ndb_credentials_generation 2.0\nother{a="b"} 3\n'
    )
    seen = parse(text)
    assert seen.concerns == {"breaker_latched"}
    assert seen.gauges == {"db_credentials_generation": 2.0}


def test_calm_needs_time_and_answers_and_no_bad_one() -> None:
    calm = Calm()
    for at, good, bad in ((0.0, 0.0, 0.0), (1.0, 10.0, 1.0), (2.0, 20.0, 1.0)):
        calm.add(Reading(at, good, bad))
    with pytest.raises(NotYet, match="10 good answers and no bad one for 1"):
        calm.require()
    calm.add(Reading(4.0, 40.0, 1.0))
    calm.require()
    assert calm.since == 1.0


def test_calm_starts_anew_when_the_load_does() -> None:
    calm = Calm()
    calm.add(Reading(0.0, 500.0, 3.0))
    calm.add(Reading(5.0, 4.0, 3.0))
    assert calm.since == 5.0


def test_outcomes_are_summed_over_journeys() -> None:
    text = (
        'shop_requests_total{journey="page",outcome="ok"} 3.0\nshop_requests_total{journey="login",outcome="ok"} 2.0\n'
        'shop_requests_total{journey="page",outcome="slow"} 1.0\n'
        'shop_requests_created{journey="page",outcome="ok"} 9.0\n'
    )
    assert outcomes(text) == {"ok": 5.0, "slow": 1.0}
