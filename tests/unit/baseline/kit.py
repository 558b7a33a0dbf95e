"""A small shop in literals: its objects, pods and releases as they are declared, and as a cluster tells them."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lab.live.baseline.values import (
    Difference,
    Object,
    Seen,
    Send,
)

DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/auth-service"
SERVICE = "/api/v1/namespaces/shop/services/auth-service"
MADE = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
REVISION = "deployment.kubernetes.io/revision"


def template_of(name: str, **env: str) -> Object:
    settings = [{"name": key, "value": value} for key, value in env.items()]
    containers = [{"name": name, "image": f"shop/{name}:abc", "env": settings}]
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}}


def workload_of(kind: str, name: str, **env: str) -> Object:
    spec: Object = {"template": template_of(name, **env), "selector": {"matchLabels": {"app": name}}}
    if kind == "Deployment":
        spec["replicas"] = 1
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}, "annotations": {}},
        "spec": spec,
    }


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


MANIFESTS = [
    workload_of("Deployment", "auth-service", SERVICE_VERSION="v2"),
    workload_of("DaemonSet", "network-infra", SERVICE_VERSION="v2"),
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
        "data": {"username": encoded("shop_app"), "password": encoded("first"), "generation": encoded("1")},
    },
]


def earlier_of(workload: Object) -> Object | None:
    if workload["kind"] not in ("Deployment", "DaemonSet"):
        return None
    before = workload_of(workload["kind"], workload["metadata"]["name"], SERVICE_VERSION="v1")
    before["metadata"]["annotations"] = {"kubernetes.io/change-cause": "v1: older"}
    return before


def server_fills_in(_collection: str, body: Object) -> Object:
    filled = deepcopy(body)
    filled["metadata"]["uid"] = "dry"
    if filled["kind"] == "Service":
        filled["spec"] |= {"clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9"], "sessionAffinity": "None"}
    return filled


def owner_of(kind: str, name: str) -> list[Object]:
    return [{"kind": kind, "name": name, "uid": f"uid-{name}"}]


def replica_set(name: str, number: str, template: Object) -> Object:
    labelled = deepcopy(template)
    labelled["metadata"]["labels"]["pod-template-hash"] = name
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "annotations": {REVISION: number},
            "ownerReferences": owner_of("Deployment", "auth-service"),
        },
        "spec": {"template": labelled},
    }


def controller_revision(name: str, number: int, template: Object) -> Object:
    return {
        "kind": "ControllerRevision",
        "metadata": {"name": name, "namespace": "shop", "ownerReferences": owner_of("DaemonSet", "network-infra")},
        "data": {"spec": {"template": template | {"$patch": "replace"}}},
        "revision": number,
    }


def pod_of(name: str, owner: list[Object], app: str, **status: Any) -> Object:
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "labels": {"app": app},
            "ownerReferences": owner,
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"nodeName": "node-1", **template_of(app, SERVICE_VERSION="v2")["spec"]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": app, "restartCount": 0, "state": {"running": {}}}],
        }
        | status,
    }


def verifier_of(password: str) -> str:
    salt, rounds = b"salt", 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${rounds}:{parts[0]}${parts[1]}:{parts[2]}"


def texts_of(differences: Iterable[Difference]) -> list[str]:
    return [str(difference) for difference in differences]


def sent(differences: Iterable[Difference], method: str | None = None) -> list[Send]:
    """The requests that they ask for; of one method, or all."""
    acts = [act for difference in differences for act in difference.acts]
    return [act for act in acts if isinstance(act, Send) and method in (None, act.method)]


def with_spec(seen: Seen, path: str, **spec: Any) -> Seen:
    objects = deepcopy(dict(seen.objects))
    objects[path]["spec"] |= spec
    return replace(seen, objects=objects)
