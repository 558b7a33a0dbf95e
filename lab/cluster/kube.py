"""A thin client for the lab's own cluster: objects as plain dictionaries, paths as the API server names them.

Foreign errors end here: what does not answer is ClusterGone, what answers no is KubeRefused, the cause chained.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3
from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config

from lab.cluster.paths import CONTEXT, kubeconfig
from lab.errors import ClusterGone, LabFault

TIMEOUT = 15.0
MANAGER = "delivery"
APPLY = "application/apply-patch+yaml"
JSON = "application/json"

Object = dict[str, Any]


class KubeRefused(LabFault):
    """The API server answered no; carries its status code."""

    def __init__(self, code: int, what: str, message: str) -> None:
        super().__init__(f"The cluster answered {code} to {what}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Kind:
    group: str
    plural: str
    namespaced: bool = True


KINDS: Mapping[str, Kind] = {
    "Namespace": Kind("v1", "namespaces", namespaced=False),
    "Node": Kind("v1", "nodes", namespaced=False),
    "Pod": Kind("v1", "pods"),
    "Service": Kind("v1", "services"),
    "ServiceAccount": Kind("v1", "serviceaccounts"),
    "ConfigMap": Kind("v1", "configmaps"),
    "Secret": Kind("v1", "secrets"),
    "Deployment": Kind("apps/v1", "deployments"),
    "DaemonSet": Kind("apps/v1", "daemonsets"),
    "ReplicaSet": Kind("apps/v1", "replicasets"),
    "ControllerRevision": Kind("apps/v1", "controllerrevisions"),
    "Role": Kind("rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": Kind("rbac.authorization.k8s.io/v1", "rolebindings"),
    "ClusterRole": Kind("rbac.authorization.k8s.io/v1", "clusterroles", namespaced=False),
    "ClusterRoleBinding": Kind("rbac.authorization.k8s.io/v1", "clusterrolebindings", namespaced=False),
}


def collection(kind: str, namespace: str = "") -> str:
    known = KINDS[kind]
    base = f"/api/{known.group}" if known.group == "v1" else f"/apis/{known.group}"
    return f"{base}/namespaces/{namespace}/{known.plural}" if known.namespaced else f"{base}/{known.plural}"


def path_of(found: Object) -> str:
    metadata = found["metadata"]
    return f"{collection(found['kind'], metadata.get('namespace', ''))}/{metadata['name']}"


class Kube:
    def __init__(self, client: ApiClient) -> None:
        self._host = client.configuration.host
        self._pool: urllib3.PoolManager = client.rest_client.pool_manager

    @classmethod
    def connect(cls) -> "Kube":
        """To the lab's own cluster, never to another one that a person's kubeconfig names."""
        return cls(new_client_from_config(str(kubeconfig()), context=CONTEXT))  # type: ignore[no-untyped-call]

    def apply(self, wanted: Object, *, dry_run: bool = False) -> Object:
        """Server-side: sets what is wanted, whoever else set it, and removes what an earlier apply set."""
        query = {"fieldManager": MANAGER, "force": "true"} | ({"dryRun": "All"} if dry_run else {})
        applied: Object = self._asked("PATCH", path_of(wanted), wanted, APPLY, query)
        return applied

    def create(self, wanted: Object) -> Object:
        created: Object = self._asked("POST", path_of(wanted).rpartition("/")[0], wanted)
        return created

    def find(self, wanted: Object) -> Object | None:
        """The object of the same kind, namespace and name as it is now, or None."""
        try:
            found: Object = self._asked("GET", path_of(wanted))
            return found
        except KubeRefused as refusal:
            if refusal.code == 404:
                return None
            raise

    def items(self, kind: str, namespace: str = "", **query: str) -> list[Object]:
        found: list[Object] = self._asked("GET", collection(kind, namespace), query=query)["items"]
        return found

    def delete(self, found: Object) -> None:
        """With all that belongs to it; the object is gone once they are."""
        self._asked("DELETE", path_of(found), {"propagationPolicy": "Foreground"})

    def ask(self, namespace: str, service: str, path: str, **query: str) -> Any:
        """A service's own HTTP API, through the API server's proxy."""
        return self._asked("GET", f"{collection('Service', namespace)}/{service}:http/proxy{path}", query=query)

    def _asked(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        kind: str = JSON,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        url = f"{self._host}{path}" + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": kind, "Accept": JSON}
        try:
            answer = self._pool.request(method, url, body=content, headers=headers, timeout=TIMEOUT)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ClusterGone(f"The cluster does not answer: {error}.") from error
        if answer.status >= 400:
            raise KubeRefused(answer.status, f"{method} {path}", _message(answer.data))
        return json.loads(answer.data)


def _message(data: bytes) -> str:
    text = data.decode(errors="replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text[:300]
