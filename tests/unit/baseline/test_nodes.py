"""Packet filters and kept routes of the nodes, and which nodes are ours."""

from dataclasses import replace
from pathlib import Path

import pytest

from lab.errors import Missing
from lab.live.baseline import own
from lab.live.baseline.baseline import compare
from lab.live.baseline.declared import Declared
from lab.live.baseline.nodes import is_foreign
from lab.live.baseline.values import (
    NodeSeen,
    Object,
    OnNode,
    Seen,
)


def test_rules_and_kept_routes_are_taken_off_a_node(declared: Declared, healthy: Seen) -> None:
    rule = "-A NETINFRA-ROUTES -s 10.244.2.0/24 -d 10.244.1.0/24 -m conntrack --ctdir ORIGINAL -j DROP"
    node = NodeSeen((rule,), ("/var/lib/network-infra/routes.json",))
    found = compare(declared, replace(healthy, nodes={"node-1": node}))
    acts = [act for difference in found for act in difference.acts if isinstance(act, OnNode)]
    assert acts[0].commands[0][:5] == ("iptables", "--wait", "2", "-D", "NETINFRA-ROUTES")
    assert acts[1].commands == (("rm", "-f", "/var/lib/network-infra/routes.json"),)


def test_a_policy_is_put_back(declared: Declared, healthy: Seen) -> None:
    found = compare(declared, replace(healthy, nodes={"node-1": NodeSeen(("-P FORWARD DROP",), ())}))
    (act,) = [act for difference in found for act in difference.acts if isinstance(act, OnNode)]
    assert act.commands == (("iptables", "--wait", "2", "-P", "FORWARD", "ACCEPT"),)


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
        ("-P FORWARD DROP", True),
    ],
)
def test_only_rules_that_a_fresh_node_lacks_are_foreign(rule: str, foreign: bool) -> None:
    assert is_foreign(rule) is foreign


def _node(port: str, ours: bool = True) -> Object:
    mounts = [{"Destination": "/etc/incident-lab"}] if ours else []
    ports = {"6443/tcp": [{"HostPort": port}], "30000/tcp": [{"HostPort": "30000"}], "9090/tcp": None}
    return {"Mounts": mounts, "NetworkSettings": {"Ports": ports}}


@pytest.mark.parametrize(
    ("context", "server", "nodes"),
    [
        ("kind-incident-lab", "https://127.0.0.1:6000", [_node("7000")]),
        ("kind-other", "https://127.0.0.1:7000", [_node("7000")]),
        ("kind-incident-lab", "https://10.1.2.3:7000", [_node("7000")]),
        ("kind-incident-lab", "https://127.0.0.1:7000", [_node("7000", ours=False)]),
        ("kind-incident-lab", "https://127.0.0.1:30000", [_node("7000")]),
    ],
)
def test_a_cluster_that_is_not_the_labs_own_is_refused(context: str, server: str, nodes: list[Object]) -> None:
    with pytest.raises(Missing):
        own.refuse_foreign(own.Entry(context, server, b"", b"", b""), nodes)


def test_the_labs_own_is_taken() -> None:
    own.refuse_foreign(own.Entry("kind-incident-lab", "https://127.0.0.1:7000", b"", b"", b""), [_node("7000")])


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "contexts: []", "current-context: x\ncontexts: [{name: y, context: {}}]\nclusters: []\nusers: []"],
)
def test_a_file_that_is_no_kubeconfig_is_told_in_a_sentence(tmp_path: Path, text: str) -> None:
    broken = tmp_path / "config"
    broken.write_text(text)
    with pytest.raises(Missing, match="config is no kubeconfig of the lab's own cluster"):
        own.read_entry(broken)


def test_no_kubeconfig_is_told_with_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="lab up"):
        own.read_entry(tmp_path / "config")
