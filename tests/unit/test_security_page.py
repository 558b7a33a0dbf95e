"""What SECURITY.md says that the agent's account can reach is what the manifest grants, no less and no more."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
(REACH,) = re.findall(r"^\| reach of its account \| .*\| (.*) \|$", PAGE, re.MULTILINE)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
GRANTS: dict[tuple[str, str], list[dict[str, Any]]] = {
    (one["kind"], one["metadata"].get("namespace", "")): one["rules"]
    for one in yaml.safe_load_all((ROOT / "manifests" / "agent" / "rbac.yaml").read_text())
    if "rules" in one
}


def granted(kind: str, namespace: str = "") -> list[tuple[str, str]]:
    """Resource and verb, of each rule."""
    rules = GRANTS[kind, namespace]
    return [(resource, verb) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]]


def test_it_says_how_many_services_own_operations_there_are() -> None:
    proxied = [rule["resourceNames"] for rule in GRANTS["Role", "shop"] if rule["resources"] == ["services/proxy"]]
    services = {name for names in proxied for name in names}
    assert f"{NUMBERS[len(services)]} services' own operations" in REACH


def test_it_says_what_is_read_beyond_the_shop() -> None:
    assert set(GRANTS) == {("Role", "shop"), ("Role", "backstage"), ("ClusterRole", "")}
    assert granted("ClusterRole") == [("nodes", "list")]
    assert granted("Role", "backstage") == [("services/proxy", "get")]
    assert "the list of nodes" in REACH
    assert "Prometheus by GET" in REACH


def test_it_says_what_of_the_shop_is_changed() -> None:
    changed = {resource for resource, verb in granted("Role", "shop") if verb not in ("get", "list")}
    assert changed == {"deployments", "daemonsets", "deployments/scale", "services/proxy"}
    for word in ("Deployments", "DaemonSets", "scale"):
        assert word in REACH


def test_it_says_what_of_the_shop_is_read() -> None:
    read = {resource for resource, verb in granted("Role", "shop") if verb in ("get", "list")}
    assert read == {
        "pods", "pods/log", "endpointslices", "deployments", "daemonsets", "replicasets", "controllerrevisions",
        "configmaps",
    }  # fmt: skip
    (flags,) = [rule["resourceNames"] for rule in GRANTS["Role", "shop"] if rule["resources"] == ["configmaps"]]
    assert [f"`{name}`" for name in flags if f"`{name}`" not in REACH] == []
    for word in ("pods", "logs", "endpoints", "releases"):
        assert word in REACH
