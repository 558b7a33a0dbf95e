"""What the containers may do, who is reachable by default, and what is installed: read from what is declared."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from lab.cli.main import app
from lab.play import serving

ROOT = Path(__file__).resolve().parents[2]
LOCKS = [*sorted(path.name for path in ROOT.glob("requirements*.lock")), "microservices/images/requirements.lock"]
# The packet filter of a node is its work; the other one fills a fresh volume before postgres starts, and ends.
NETWORK, FILLING = ("network-infra", "network-infra"), ("postgres-db", "fill")
MORE_RIGHTS = {NETWORK: {"NET_ADMIN", "NET_RAW"}, FILLING: {"CHOWN", "DAC_OVERRIDE", "FOWNER"}}
ON_THE_NODE = {
    "network-infra": {"/var/lib/network-infra", "/run/xtables.lock"},
    "postgres-db": {"/var/lib/shop-postgres"},
}
Object = dict[str, Any]


def workloads() -> Iterator[tuple[str, Object]]:
    for part in ("shop", "observability"):
        for file in sorted((ROOT / "manifests" / part).glob("*.yaml")):
            for found in yaml.safe_load_all(file.read_text()):
                if found["kind"] in ("Deployment", "DaemonSet", "StatefulSet", "Job"):
                    yield found["metadata"]["name"], found["spec"]["template"]["spec"]


WORKLOADS = dict(workloads())
CONTAINERS = {
    (name, one["name"]): one
    for name, spec in WORKLOADS.items()
    for one in [*spec["containers"], *spec.get("initContainers", [])]
}


@pytest.mark.parametrize("place", CONTAINERS, ids="/".join)
def test_a_container_has_no_rights_that_it_does_not_need(place: tuple[str, str]) -> None:
    rights = CONTAINERS[place]["securityContext"]
    assert rights["allowPrivilegeEscalation"] is False
    assert rights["readOnlyRootFilesystem"] is True
    assert rights["capabilities"]["drop"] == ["ALL"]
    assert set(rights["capabilities"].get("add", [])) == MORE_RIGHTS.get(place, set())
    assert not rights.get("privileged")


@pytest.mark.parametrize("place", [place for place in CONTAINERS if place not in MORE_RIGHTS], ids="/".join)
def test_it_does_not_run_as_root(place: tuple[str, str]) -> None:
    both = WORKLOADS[place[0]].get("securityContext", {}) | CONTAINERS[place]["securityContext"]
    assert both["runAsNonRoot"] is True
    assert both["runAsUser"] >= 1_000


@pytest.mark.parametrize("place", CONTAINERS, ids="/".join)
def test_its_memory_is_bounded(place: tuple[str, str]) -> None:
    assert CONTAINERS[place]["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_shares_nothing_with_its_node_but_what_is_known(name: str) -> None:
    spec = WORKLOADS[name]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert bool(spec.get("hostNetwork")) == (name == "network-infra")
    assert not spec.get("hostPID")
    assert not spec.get("hostIPC")
    shared = {volume["hostPath"]["path"] for volume in spec.get("volumes", []) if "hostPath" in volume}
    assert shared == ON_THE_NODE.get(name, set())


@pytest.mark.parametrize("name", WORKLOADS)
def test_only_who_asks_the_cluster_has_a_token(name: str) -> None:
    has_account = WORKLOADS[name].get("serviceAccountName") is not None
    assert has_account == (name in ("config-service", "network-infra", "prometheus"))
    assert has_account or WORKLOADS[name]["automountServiceAccountToken"] is False


def test_the_agents_account_reads_no_secrets_and_runs_nothing() -> None:
    documents = list(yaml.safe_load_all((ROOT / "manifests" / "agent" / "rbac.yaml").read_text()))
    rules = [rule for document in documents for rule in document.get("rules", [])]
    resources = {resource for rule in rules for resource in rule["resources"]}
    assert not resources & {"secrets", "pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token", "*"}
    verbs = {verb for rule in rules for verb in rule["verbs"] if rule["resources"] != ["services/proxy"]}
    assert verbs <= {"get", "list", "patch"}
    assert all(rule.get("resourceNames") for rule in rules if rule["resources"] == ["services/proxy"])


@pytest.mark.parametrize(("host", "said"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_who_serves_to_others_is_told_so(host: str, said: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "serve", lambda *_: None)
    told = CliRunner().invoke(app, ["serve", "--world", "recorded", "--host", host, "--port", "0"])
    assert told.exit_code == 0, told.output
    assert ("whoever reaches this machine can play" in told.output) is said


def test_by_default_nobody_else_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = []
    monkeypatch.setattr(serving, "serve", lambda _app, listener: bound.append(listener.getsockname()[0]))
    assert CliRunner().invoke(app, ["serve", "--world", "recorded", "--port", "0"]).exit_code == 0
    assert bound == [serving.LOOPBACK]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_by_its_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / lock).read_text().strip())
    assert len(entries) > 5
    loose = [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert not loose
