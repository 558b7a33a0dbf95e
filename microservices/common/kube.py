"""A tiny client of the Kubernetes API for pods that have a service account. Only reads and patches single objects.

Does not belong here: what the objects mean. Failures are of two kinds, mapped once, the cause chained:

KubeError
├── KubeUnreachable   the API server did not answer
└── KubeRefused       it answered no; carries the status code and its own words
"""

import json
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
_APPLY = "application/apply-patch+yaml"  # JSON is YAML

Object = dict[str, Any]


class KubeError(Exception):
    pass


class KubeUnreachable(KubeError):
    pass


class KubeRefused(KubeError):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Kube:
    """Paths are the API's own, such as `/api/v1/nodes/worker`."""

    def __init__(self, client: httpx.AsyncClient, account: Path = SERVICE_ACCOUNT) -> None:
        self._client = client
        self._account = account

    @classmethod
    def in_cluster(cls, account: Path = SERVICE_ACCOUNT) -> Self:
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        address = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
        trust = ssl.create_default_context(cafile=str(account / "ca.crt"))
        return cls(httpx.AsyncClient(base_url=address, verify=trust, timeout=3.0), account)

    async def get(self, path: str) -> Object:
        return await self._ask("GET", path)

    async def patch(self, path: str, body: Mapping[str, Any], kind: str = MERGE) -> Object:
        return await self._ask("PATCH", path, body, kind)

    async def apply(self, path: str, body: Mapping[str, Any], manager: str) -> Object:
        """Server-side apply: makes the object or takes over what `body` names; needs `patch` and `create`."""
        return await self._ask("PATCH", f"{path}?fieldManager={manager}&force=true", body, _APPLY)

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, verb: str, path: str, body: Mapping[str, Any] | None = None, kind: str = MERGE) -> Object:
        content = None if body is None else json.dumps(body)
        try:
            answer = await self._client.request(verb, path, content=content, headers=self._headers(kind))
        except httpx.TransportError as error:
            raise KubeUnreachable(f"the Kubernetes API did not answer: {error!r}") from error
        if answer.is_error:
            raise KubeRefused(answer.status_code, _words(answer))
        found: Object = answer.json()
        return found

    def _headers(self, kind: str) -> dict[str, str]:
        # Read anew for each call: the kubelet replaces the token while the pod runs.
        token = (self._account / "token").read_text().strip()
        return {"authorization": f"Bearer {token}", "content-type": kind, "accept": "application/json"}


def _words(answer: httpx.Response) -> str:
    try:
        message = answer.json().get("message")
    except (ValueError, AttributeError):
        message = None
    return str(message or answer.reason_phrase)
