"""Deciding what differs and what mends it, on literals; no cluster."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from lab.cluster.wait import NotYet
from lab.errors import Missing
from lab.live.baseline import database, own
from lab.live.baseline.baseline import compare
from lab.live.baseline.caches import cache_differences
from lab.live.baseline.declared import Declared, declare
from lab.live.baseline.fingerprint import fingerprint
from lab.live.baseline.nodes import is_foreign
from lab.live.baseline.processes import parse
from lab.live.baseline.steady import Calm, Reading, outcomes
from lab.live.baseline.values import (
    DatabaseSeen,
    Difference,
    InDatabase,
    NodeSeen,
    Object,
    OnNode,
    ProcessSeen,
    Seen,
    Send,
    Stage,
)

DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/auth-service"
DAEMON_SET = "/apis/apps/v1/namespaces/shop/daemonsets/network-infra"
SERVICE = "/api/v1/namespaces/shop/services/auth-service"
SECRET = "/api/v1/namespaces/shop/secrets/db-shop-app"
MADE = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
REVISION = "deployment.kubernetes.io/revision"


def _template(name: str, **env: str) -> Object:
    settings = [{"name": key, "value": value} for key, value in env.items()]
    containers = [{"name": name, "image": f"shop/{name}:abc", "env": settings}]
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}}


def _workload(kind: str, name: str, **env: str) -> Object:
    spec: Object = {"template": _template(name, **env), "selector": {"matchLabels": {"app": name}}}
    if kind == "Deployment":
        spec["replicas"] = 1
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}, "annotations": {}},
        "spec": spec,
    }


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


MANIFESTS = [
    _workload("Deployment", "auth-service", SERVICE_VERSION="v2"),
    _workload("DaemonSet", "network-infra", SERVICE_VERSION="v2"),
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "auth-service", "namespace": "shop", "labels": {}, "annotations": {}},
        "spec": {"selector": {"app": "auth-service"}},
    },
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db-shop-app", "namespace": "shop", "labels": {}, "annotations": {}},
        "data": {"username": _encoded("shop_app"), "password": _encoded("first"), "generation": _encoded("1")},
    },
]


def _earlier(workload: Object) -> Object | None:
    if workload["kind"] not in ("Deployment", "DaemonSet"):
        return None
    before = _workload(workload["kind"], workload["metadata"]["name"], SERVICE_VERSION="v1")
    before["metadata"]["annotations"] = {"kubernetes.io/change-cause": "v1: older"}
    return before


def _server_fills_in(_collection: str, body: Object) -> Object:
    filled = deepcopy(body)
    filled["metadata"]["uid"] = "dry"
    if filled["kind"] == "Service":
        filled["spec"] |= {"clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9"], "sessionAffinity": "None"}
    return filled


@pytest.fixture
def declared() -> Declared:
    return declare(MANIFESTS, _earlier, _server_fills_in)


def _owner(kind: str, name: str) -> list[Object]:
    return [{"kind": kind, "name": name, "uid": f"uid-{name}"}]


def _set(name: str, number: str, template: Object) -> Object:
    labelled = deepcopy(template)
    labelled["metadata"]["labels"]["pod-template-hash"] = name
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "annotations": {REVISION: number},
            "ownerReferences": _owner("Deployment", "auth-service"),
        },
        "spec": {"template": labelled},
    }


def _controller_revision(name: str, number: int, template: Object) -> Object:
    return {
        "kind": "ControllerRevision",
        "metadata": {"name": name, "namespace": "shop", "ownerReferences": _owner("DaemonSet", "network-infra")},
        "data": {"spec": {"template": template | {"$patch": "replace"}}},
        "revision": number,
    }


def _pod(name: str, owner: list[Object], app: str, **status: Any) -> Object:
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "labels": {"app": app},
            "ownerReferences": owner,
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"nodeName": "node-1", **_template(app, SERVICE_VERSION="v2")["spec"]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": app, "restartCount": 0, "state": {"running": {}}}],
        }
        | status,
    }


def _with_database(seen: Seen, *, ready: bool) -> Seen:
    """With a pod that is no stranger to the test alone: what is said of it itself does not matter."""
    status: Object = {} if ready else {"phase": "Pending", "conditions": []}
    return replace(seen, pods=(*seen.pods, _pod("db-1", _owner("ReplicaSet", "db-1"), "postgres-db", **status)))


def _verifier(password: str) -> str:
    salt, rounds = b"salt", 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${rounds}:{parts[0]}${parts[1]}:{parts[2]}"


@pytest.fixture
def healthy(declared: Declared) -> Seen:
    objects = deepcopy(dict(declared.objects))
    for path, found in objects.items():
        found["metadata"] |= {"uid": f"uid-{found['metadata']['name']}", "resourceVersion": "7"}
        if path == DEPLOYMENT:
            found["metadata"]["annotations"][REVISION] = "2"
        if path == SERVICE:
            found["spec"] |= {"clusterIP": "10.0.0.77", "clusterIPs": ["10.0.0.77"]}
    current, earlier = _template("auth-service", SERVICE_VERSION="v2"), _template("auth-service", SERVICE_VERSION="v1")
    now, then = _template("network-infra", SERVICE_VERSION="v2"), _template("network-infra", SERVICE_VERSION="v1")
    pods = (
        _pod("auth-1", _owner("ReplicaSet", "auth-2"), "auth-service"),
        _pod("net-1", _owner("DaemonSet", "network-infra"), "network-infra"),
    )
    digests = {"columns": "a", "accounts": "b"}
    return Seen(
        objects=objects,
        replica_sets=(_set("auth-1", "1", earlier), _set("auth-2", "2", current)),
        revisions=(_controller_revision("net-1", 1, then), _controller_revision("net-2", 2, now)),
        pods=pods,
        processes={"auth-1": ProcessSeen(gauges={"db_credentials_generation": 1.0}), "net-1": ProcessSeen()},
        nodes={"node-1": NodeSeen((), ())},
        at=MADE + 20,
        database=DatabaseSeen({**digests, "mail_queue": "false"}, digests, {"shop_app": _verifier("first")}),
    )


def _says(differences: Iterable[Difference]) -> list[str]:
    return [str(difference) for difference in differences]


def _sent(differences: Iterable[Difference], method: str) -> list[Send]:
    acts = [act for difference in differences for act in difference.acts]
    return [act for act in acts if isinstance(act, Send) and act.method == method]


def _changed(seen: Seen, path: str, **spec: Any) -> Seen:
    objects = deepcopy(dict(seen.objects))
    objects[path]["spec"] |= spec
    return replace(seen, objects=objects)


def test_what_was_just_brought_up_does_not_differ(declared: Declared, healthy: Seen) -> None:
    assert _says(compare(declared, healthy)) == []


def test_a_missing_object_is_made_and_a_stranger_removed(declared: Declared, healthy: Seen) -> None:
    objects = deepcopy(dict(healthy.objects))
    stranger = objects.pop(SERVICE)
    stranger["metadata"]["name"] = "other"
    objects[f"{SERVICE}-other"] = stranger
    found = compare(declared, replace(healthy, objects=objects))
    (made,) = _sent(found, "POST")
    assert made.path == "/api/v1/namespaces/shop/services"
    assert made.body
    assert not {"clusterIP", "clusterIPs"} & made.body["spec"].keys()
    assert [act.path for act in _sent(found, "DELETE")] == [f"{SERVICE}-other"]


def test_a_changed_object_is_replaced_whole_and_keeps_its_address(declared: Declared, healthy: Seen) -> None:
    found = compare(declared, _changed(healthy, SERVICE, selector={"app": "nobody"}))
    assert _says(found) == ["Service auth-service: differs in spec.selector.app"]
    body = _sent(found, "PUT")[0].body
    assert body is not None
    assert body["spec"]["clusterIP"] == "10.0.0.77"
    assert body["spec"]["selector"] == {"app": "auth-service"}


def test_zero_replicas_are_seen(declared: Declared, healthy: Seen) -> None:
    found = compare(declared, _changed(healthy, DEPLOYMENT, replicas=0))
    assert "Deployment auth-service: differs in spec.replicas" in _says(found)


def test_declarations_are_mended_before_the_pods_that_read_them() -> None:
    assert Stage.DECLARATIONS < Stage.WORKLOADS < Stage.HISTORY < Stage.PODS < Stage.NODES < Stage.DATABASE


def test_releases_of_an_episode_are_forgotten_and_the_two_numbered_anew(declared: Declared, healthy: Seen) -> None:
    bad = _set("auth-3", "3", _template("auth-service", SERVICE_VERSION="v3"))
    current = _set("auth-2", "4", _template("auth-service", SERVICE_VERSION="v2"))
    found = compare(declared, replace(healthy, replica_sets=(healthy.replica_sets[0], current, bad)))
    assert [act.path.rpartition("/")[2] for act in _sent(found, "DELETE")] == ["auth-3"]
    renumbered = [act.body for act in _sent(found, "PATCH") if act.body]
    assert {
        "metadata": {"annotations": {REVISION: "2", "deployment.kubernetes.io/revision-history": None}}
    } in renumbered


def test_a_release_before_that_still_has_pods_gets_none_anew(declared: Declared, healthy: Seen) -> None:
    """Its pods are removed as well, and would come back as long as the rolling update waits for the new ones."""
    before = deepcopy(healthy.replica_sets[0])
    before["spec"]["replicas"] = 3
    found = compare(declared, replace(healthy, replica_sets=(before, healthy.replica_sets[1])))
    assert _says(found) == ["history auth-1: is the release before, and still has pods"]
    (act,) = _sent(found, "PATCH")
    assert act.path == "/apis/apps/v1/namespaces/shop/replicasets/auth-1"
    assert act.body == {"spec": {"replicas": 0}}


def test_a_lost_release_before_is_made_again_under_its_workload(declared: Declared, healthy: Seen) -> None:
    found = compare(declared, replace(healthy, replica_sets=healthy.replica_sets[1:], revisions=healthy.revisions[1:]))
    made = {act.path.rpartition("/")[2]: act.body for act in _sent(found, "POST") if act.body}
    assert made["replicasets"]["spec"]["replicas"] == 0
    assert made["replicasets"]["metadata"]["annotations"]["kubernetes.io/change-cause"] == "v1: older"
    assert made["replicasets"]["metadata"]["ownerReferences"][0]["uid"] == "uid-auth-service"
    assert made["controllerrevisions"]["revision"] == 1
    assert made["controllerrevisions"]["metadata"]["annotations"]["kubernetes.io/change-cause"] == "v1: older"


def test_the_order_of_settings_does_not_make_another_release(declared: Declared, healthy: Seen) -> None:
    shuffled = deepcopy(healthy.replica_sets[1])
    shuffled["spec"]["template"]["spec"]["containers"][0]["env"].reverse()
    assert compare(declared, replace(healthy, replica_sets=(healthy.replica_sets[0], shuffled))) == []


def test_a_renumbered_daemon_set_release_gets_its_number_back(declared: Declared, healthy: Seen) -> None:
    current = healthy.revisions[1] | {"revision": 5}
    found = compare(declared, replace(healthy, revisions=(healthy.revisions[0], current)))
    assert [act.body for act in _sent(found, "PATCH")] == [{"revision": 2}]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"containerStatuses": [{"restartCount": 2}]}, "has restarted 2 times"),
        ({"phase": "Failed"}, "has ended (Failed)"),
    ],
)
def test_a_pod_with_a_past_is_replaced(declared: Declared, healthy: Seen, status: Object, says: str) -> None:
    pod = _pod("auth-1", _owner("ReplicaSet", "auth-2"), "auth-service", **status)
    found = compare(declared, replace(healthy, pods=(pod, healthy.pods[1])))
    assert _says(found) == [f"pod auth-1: {says}"]
    assert _sent(found, "DELETE")[0].path == "/api/v1/namespaces/shop/pods/auth-1"


@pytest.mark.parametrize(
    ("process", "says"),
    [
        (ProcessSeen(frozenset({"breaker_latched"})), "says breaker_latched"),
        (ProcessSeen(gauges={"db_credentials_generation": 3.0}), "runs on credentials of generation 3"),
    ],
)
def test_a_process_that_remembers_is_replaced(
    declared: Declared, healthy: Seen, process: ProcessSeen, says: str
) -> None:
    healthy = _with_database(healthy, ready=True)
    found = compare(declared, replace(healthy, processes={"auth-1": process}))
    assert f"pod auth-1: {says}" in _says(found)
    assert _sent(found, "DELETE")[0].path.endswith("/auth-1")


def test_a_latched_process_is_left_until_the_database_is_there(declared: Declared, healthy: Seen) -> None:
    latched = {"auth-1": ProcessSeen(frozenset({"breaker_latched"}))}
    found = compare(declared, replace(_with_database(healthy, ready=False), processes=latched))
    assert "pod auth-1: says breaker_latched, and the database is not there yet" in _says(found)
    assert not [act for act in _sent(found, "DELETE") if act.path.endswith("/auth-1")]


def test_a_pod_of_another_release_is_replaced_and_its_own_missed(declared: Declared, healthy: Seen) -> None:
    pod = _pod("auth-1", _owner("ReplicaSet", "auth-9"), "auth-service")
    found = compare(declared, replace(healthy, pods=(pod, healthy.pods[1])))
    assert _says(found) == ["pod auth-1: belongs to no declared release", "workload auth-service: has 0 pods, not 1"]


def test_a_pod_with_another_image_than_its_release_is_replaced(declared: Declared, healthy: Seen) -> None:
    pod = deepcopy(healthy.pods[0])
    pod["spec"]["containers"][0]["image"] = "shop/auth-service:other"
    assert _says(compare(declared, replace(healthy, pods=(pod, healthy.pods[1])))) == [
        "pod auth-1: runs something else"
    ]


def test_the_pods_of_a_daemon_sets_earlier_release_are_replaced_at_once(declared: Declared, healthy: Seen) -> None:
    older = deepcopy(healthy.pods[1])
    older["spec"] |= _template("network-infra", SERVICE_VERSION="v1")["spec"]
    found = compare(declared, replace(healthy, pods=(healthy.pods[0], older)))
    assert _says(found) == [f"pod {older['metadata']['name']}: runs something else"]
    assert len(_sent(found, "DELETE")) == 1


def _edge_and_pictures(cpu: str, *edges: Object) -> list[Object]:
    pictures = _pod("image-1", [], "image-service")
    pictures["spec"]["containers"][0]["resources"] = {"limits": {"cpu": cpu}}
    return [pictures, *edges]


PICTURES_DECLARED = {"x": _workload("Deployment", "image-service")}
PICTURES_DECLARED["x"]["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "300m"}}


@pytest.mark.parametrize(
    ("cpu", "entries", "sent"),
    [
        ("300m", 99.0, []),
        ("2", 99.0, ["300m"]),
        ("2", None, ["300m"]),
        ("300m", 7.0, ["2", "warm"]),
        ("2", 7.0, ["warm"]),
    ],
)
def test_pictures_are_drawn_faster_while_the_edge_is_cold(cpu: str, entries: float | None, sent: list[str]) -> None:
    pods = _edge_and_pictures(cpu, _pod("edge-1", [], "cdn-edge"))
    process = None if entries is None else ProcessSeen(gauges={"cache_entries": entries})
    assert _shares_sent(cache_differences(pods, PICTURES_DECLARED, {"edge-1": process})) == sent


def test_an_edge_that_is_not_there_yet_is_cold() -> None:
    assert _shares_sent(cache_differences(_edge_and_pictures("300m"), PICTURES_DECLARED, {})) == ["2"]


def _shares_sent(found: Iterable[Difference]) -> list[str]:
    acts = [act for difference in found for act in difference.acts if isinstance(act, Send)]
    limits = [act.body["spec"]["containers"][0]["resources"]["limits"]["cpu"] if act.body else "warm" for act in acts]
    return [str(limit) for limit in limits]


def test_what_only_needs_time_is_waited_for(declared: Declared, healthy: Seen) -> None:
    starting = _pod("auth-1", _owner("ReplicaSet", "auth-2"), "auth-service", conditions=[])
    found = compare(declared, replace(healthy, pods=(starting, healthy.pods[1])))
    assert _says(found) == ["pod auth-1: is not ready yet"]
    assert not found[0].acts


def test_what_never_becomes_ready_is_replaced(declared: Declared, healthy: Seen) -> None:
    stuck = _pod("auth-1", _owner("ReplicaSet", "auth-2"), "auth-service", conditions=[])
    found = compare(declared, replace(healthy, pods=(stuck, healthy.pods[1]), at=MADE + 90))
    assert _says(found) == ["pod auth-1: does not become ready"]
    assert _sent(found, "DELETE")


def test_rules_and_kept_routes_are_taken_off_a_node(declared: Declared, healthy: Seen) -> None:
    rule = "-A NETINFRA-ROUTES -s 10.244.2.0/24 -d 10.244.1.0/24 -m conntrack --ctdir ORIGINAL -j DROP"
    node = NodeSeen((rule,), ("/var/lib/network-infra/routes.json",))
    found = compare(declared, replace(healthy, nodes={"node-1": node}))
    acts = [act for difference in found for act in difference.acts if isinstance(act, OnNode)]
    assert acts[0].commands[0][:5] == ("iptables", "--wait", "2", "-D", "NETINFRA-ROUTES")
    assert acts[1].commands == (("rm", "-f", "/var/lib/network-infra/routes.json"),)


@pytest.mark.parametrize(
    ("rule", "foreign"),
    [
        ("-A NETINFRA-ROUTES -s 10.0.0.0/24 -d 10.0.1.0/24 -j DROP", True),
        ("-A FORWARD -s 10.0.0.0/24 -j DROP", True),
        ("-A INPUT -p tcp --dport 10250 -j REJECT --reject-with icmp-port-unreachable", True),
        ("-A FORWARD -j NETINFRA-ROUTES", False),
        ('-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD', False),
        ("-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP", False),
        ("-P FORWARD ACCEPT", False),
    ],
)
def test_only_rules_that_a_fresh_node_lacks_are_foreign(rule: str, foreign: bool) -> None:
    assert is_foreign(rule) is foreign


def test_a_database_that_differs_from_its_template_is_made_from_it_again(declared: Declared, healthy: Seen) -> None:
    assert healthy.database
    seen = replace(healthy.database, digests={"columns": "a", "accounts": "changed", "mail_queue": "false"})
    found = compare(declared, replace(healthy, database=seen))
    assert _says(found) == ["database shop: differs in accounts"]


@pytest.mark.parametrize(
    ("name", "where"), [("overrides", "postgres"), ("unsent mails", "shop"), ("old orders", "shop")]
)
def test_what_can_be_put_right_gently_is(declared: Declared, healthy: Seen, name: str, where: str) -> None:
    assert healthy.database
    seen = replace(healthy.database, template_digests={**healthy.database.template_digests, name: "none"})
    found = compare(declared, replace(healthy, database=seen))
    assert [act.database for one in found for act in one.acts if isinstance(act, InDatabase)] == [where]


def test_answers_of_the_database_are_told_apart() -> None:
    found = database.parse("template columns\ta\nown columns\tb\nserver overrides\t0\nrole x\tSCRAM\nNOTICE: hello\n")
    assert found == {
        "template": {"columns": "a"},
        "own": {"columns": "b"},
        "server": {"overrides": "0"},
        "role": {"x": "SCRAM"},
    }


def test_a_password_other_than_the_published_one_is_set_back(declared: Declared, healthy: Seen) -> None:
    assert healthy.database
    seen = replace(healthy.database, verifiers={"shop_app": _verifier("later")})
    found = compare(declared, replace(healthy, database=seen))
    assert _says(found) == ["database role shop_app: has another password than its secret"]
    assert "first" not in repr(found)


def test_a_silent_database_is_waited_for(declared: Declared, healthy: Seen) -> None:
    assert _says(compare(declared, replace(healthy, database=None))) == ["database shop: does not answer"]


@pytest.mark.parametrize("verifier", ["", "md5abcdef", "SCRAM-SHA-256$4096:c2FsdA==$AAAA:BBBB"])
def test_no_other_verifier_fits(verifier: str) -> None:
    assert not database.fits(verifier, "first")


def test_names_and_passwords_are_quoted_for_sql() -> None:
    assert database.quoted_name('a"b') == '"a""b"'
    assert database.quoted_text("a'b") == "'a''b'"


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
        lambda seen: _changed(seen, DEPLOYMENT, replicas=2),
        lambda seen: replace(seen, replica_sets=seen.replica_sets[1:]),
        lambda seen: replace(seen, revisions=seen.revisions[1:]),
        lambda seen: replace(seen, pods=seen.pods[1:]),
        lambda seen: replace(seen, nodes={"node-1": NodeSeen(("-A NETINFRA-ROUTES -j DROP",), ())}),
        lambda seen: replace(seen, database=replace(seen.database, digests={"columns": "x"})),
        lambda seen: replace(seen, processes={"auth-1": ProcessSeen(frozenset({"breaker_latched"}))}),
    ],
)
def test_the_fingerprint_shows_every_part(healthy: Seen, change: Any) -> None:
    assert fingerprint(change(healthy)).differs_from(fingerprint(healthy))


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


def _node(port: str, ours: bool = True) -> Object:
    mounts = [{"Destination": "/etc/incident-lab"}] if ours else []
    return {"Mounts": mounts, "NetworkSettings": {"Ports": {"6443/tcp": [{"HostPort": port}]}}}


@pytest.mark.parametrize(
    ("context", "server", "nodes"),
    [
        ("kind-incident-lab", "https://127.0.0.1:6000", [_node("7000")]),
        ("kind-other", "https://127.0.0.1:7000", [_node("7000")]),
        ("kind-incident-lab", "https://10.1.2.3:7000", [_node("7000")]),
        ("kind-incident-lab", "https://127.0.0.1:7000", [_node("7000", ours=False)]),
    ],
)
def test_a_cluster_that_is_not_the_labs_own_is_refused(context: str, server: str, nodes: list[Object]) -> None:
    with pytest.raises(Missing):
        own.refuse_foreign(own.Entry(context, server, b"", b"", b""), nodes)


def test_the_labs_own_is_taken() -> None:
    own.refuse_foreign(own.Entry("kind-incident-lab", "https://127.0.0.1:7000", b"", b"", b""), [_node("7000")])
