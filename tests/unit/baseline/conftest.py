"""The shop as it is declared, and as a healthy cluster tells it."""

from copy import deepcopy

import pytest

from lab.live.baseline.declared import Declared, declare
from lab.live.baseline.values import (
    DatabaseSeen,
    NodeSeen,
    ProcessSeen,
    Seen,
)
from tests.unit.baseline.kit import (
    DEPLOYMENT,
    MADE,
    MANIFESTS,
    REVISION,
    SERVICE,
    controller_revision,
    earlier_of,
    owner_of,
    pod_of,
    replica_set,
    server_fills_in,
    template_of,
    verifier_of,
)


@pytest.fixture
def declared() -> Declared:
    return declare(MANIFESTS, earlier_of, server_fills_in)


@pytest.fixture
def healthy(declared: Declared) -> Seen:
    objects = deepcopy(dict(declared.objects))
    for path, found in objects.items():
        found["metadata"] |= {"uid": f"uid-{found['metadata']['name']}", "resourceVersion": "7"}
        if path == DEPLOYMENT:
            found["metadata"]["annotations"][REVISION] = "2"
        if path == SERVICE:
            found["spec"] |= {"clusterIP": "10.0.0.77", "clusterIPs": ["10.0.0.77"]}
    current = template_of("auth-service", SERVICE_VERSION="v2")
    earlier = template_of("auth-service", SERVICE_VERSION="v1")
    now, then = template_of("network-infra", SERVICE_VERSION="v2"), template_of("network-infra", SERVICE_VERSION="v1")
    pods = (
        pod_of("auth-1", owner_of("ReplicaSet", "auth-2"), "auth-service"),
        *(pod_of(f"net-{number}", owner_of("DaemonSet", "network-infra"), "network-infra") for number in (1, 2, 3)),
    )
    digests = {"columns": "a", "accounts": "b"}
    return Seen(
        objects=objects,
        replica_sets=(replica_set("auth-1", "1", earlier), replica_set("auth-2", "2", current)),
        revisions=(controller_revision("net-1", 1, then), controller_revision("net-2", 2, now)),
        pods=pods,
        processes={"auth-1": ProcessSeen(gauges={"db_credentials_generation": 1.0}), "net-1": ProcessSeen()},
        nodes={"node-1": NodeSeen((), ())},
        at=MADE + 20,
        database=DatabaseSeen({**digests, "mail_queue": "false"}, digests, {"shop_app": verifier_of("first")}),
    )
