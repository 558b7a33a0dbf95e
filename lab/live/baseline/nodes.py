"""The nodes' packet filters and what the route daemon keeps on disk: read and put right by programs on the node."""

import shlex
from collections.abc import Iterator, Mapping, Sequence

from lab.cluster.engine import docker
from lab.cluster.paths import CLUSTER
from lab.live.baseline.speakers import KEPT
from lab.live.baseline.values import Difference, NodeSeen, OnNode, Stage

ZONE_NODES = tuple(f"{CLUSTER}-worker{number}" for number in ("", "2", "3"))
CHAIN = "NETINFRA-ROUTES"
TIMEOUT = 20.0
_FILTER = ("iptables", "--wait", "2")
# One program for both: to start one on a busy node takes longer than what it does.
_BETWEEN = "--- files ---"
_QUESTION = f"{' '.join(_FILTER)} -S && echo '{_BETWEEN}' && find /var/lib -maxdepth 2 -path '{KEPT}/*' -type f"
# Forwarding rules that a healthy node has: the cluster's own, and the jump into the route daemon's chain.
_OWN_TARGETS = ("KUBE-", "CNI-", "KIND-", CHAIN)


def look(node: str) -> NodeSeen:
    rules, _, kept = on_node(node, ("sh", "-c", _QUESTION)).partition(_BETWEEN)
    return NodeSeen(tuple(rule for rule in rules.splitlines() if is_foreign(rule)), tuple(sorted(kept.split())))


def is_foreign(rule: str) -> bool:
    """A rule in the route daemon's chain, one that stands in a chain of the node's own, or such a chain's policy."""
    if rule.startswith("-P "):
        return not rule.endswith(" ACCEPT")
    if rule.startswith(f"-A {CHAIN} "):
        return True
    in_built_in = rule.startswith(("-A FORWARD ", "-A INPUT ", "-A OUTPUT "))
    target = rule.rpartition(" -j ")[2]
    return in_built_in and not target.startswith(_OWN_TARGETS)


def node_differences(nodes: Mapping[str, NodeSeen]) -> Iterator[Difference]:
    for node, seen in nodes.items():
        if seen.rules:
            says = f"has {len(seen.rules)} packet filter rules of its own"
            yield Difference("node", node, says, Stage.NODES, (OnNode(node, tuple(map(_without, seen.rules))),))
        if seen.kept_files:
            says = f"keeps {', '.join(seen.kept_files)}"
            yield Difference("node", node, says, Stage.NODES, (OnNode(node, (("rm", "-f", *seen.kept_files),)),))


def _without(rule: str) -> tuple[str, ...]:
    _, chain, *match = shlex.split(rule)
    return (*_FILTER, "-P", chain, "ACCEPT") if rule.startswith("-P ") else (*_FILTER, "-D", chain, *match)


def on_node(node: str, argv: Sequence[str]) -> str:
    return docker("exec", node, *argv, timeout=TIMEOUT)
