"""The Kubernetes API as the lab's own administrator, in plain objects: what reconciling and the faults go through.

Does not belong here: what the objects mean.
"""

import json
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlencode

import urllib3

from lab.cluster.names import BACKSTAGE, SHOP, STRATEGIC
from lab.errors import ClusterGone, LabFault
from lab.live.baseline.own import own_entry, trust

PATIENCE = 10.0
CONNECTIONS = 32
PROMETHEUS = f"/api/v1/namespaces/{BACKSTAGE}/services/prometheus:9090/proxy/api/v1"
# A kept connection may be closed under us; what may be said twice is said again.
_AGAIN = urllib3.Retry(total=2, redirect=0, status=0, backoff_factor=0.1)

Object = dict[str, Any]


class ApiRefused(LabFault):
    """The API server (or a service behind its proxy) answered no; carries the code."""

    def __init__(self, what: str, code: int, says: str) -> None:
        super().__init__(f"{what} was answered with {code}: {says}")
        self.code = code


class LabCluster:
    """Paths are the API's own. Thread-safe: many requests share few kept connections."""

    shop = SHOP

    def __init__(self, server: str, connections: urllib3.PoolManager) -> None:
        self._server, self._connections = server, connections

    @classmethod
    def own(cls) -> Self:
        entry = own_entry()
        pool = urllib3.PoolManager(maxsize=CONNECTIONS, ssl_context=trust(entry), timeout=PATIENCE)
        return cls(entry.server, pool)

    def close(self) -> None:
        self._connections.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, path: str) -> Object:
        found: Object = self._send("GET", path)
        return found

    def find(self, path: str) -> Object | None:
        try:
            return self.get(path)
        except ApiRefused as refusal:
            if refusal.code == 404:
                return None
            raise

    def create(self, path: str, body: Object, **query: str) -> Object:
        made: Object = self._send("POST", path, body, query=query)
        return made

    def replace(self, path: str, body: Object) -> Object:
        made: Object = self._send("PUT", path, body)
        return made

    def patch(self, path: str, body: Object, kind: str = STRATEGIC) -> Object:
        made: Object = self._send("PATCH", path, body, kind=kind)
        return made

    def delete(self, path: str, options: Object | None = None) -> None:
        """What is gone already is as good as deleted."""
        try:
            self._send("DELETE", path, options)
        except ApiRefused as refusal:
            if refusal.code != 404:
                raise

    def ask(self, service: str, method: str, path: str, body: Object | None = None) -> Any:
        """A service's own HTTP API, through the API server's proxy."""
        return self._send(method, f"/api/v1/namespaces/{SHOP}/services/{service}:http/proxy{path}", body)

    def text(self, path: str) -> str:
        """Of a process that takes the question and does not answer it, nobody asks again."""
        return self._asked("GET", path, again=_AGAIN.new(read=0)).data.decode(errors="replace")

    def post(self, path: str, **query: str) -> None:
        self._asked("POST", path, query=query)

    def _send(self, method: str, path: str, body: Object | None = None, **more: Any) -> Any:
        return json.loads(self._asked(method, path, body, **more).data)

    def _asked(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        *,
        kind: str = "application/json",
        query: Mapping[str, str] | None = None,
        again: urllib3.Retry = _AGAIN,
    ) -> urllib3.BaseHTTPResponse:
        url = f"{self._server}{path}" + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": kind, "Accept": "application/json, */*"}
        try:
            answer = self._connections.request(method, url, body=content, headers=headers, retries=again)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ClusterGone(f"The cluster's API did not answer {method} {path}: {error}.") from error
        if answer.status >= 400:
            raise ApiRefused(f"{method} {path}", answer.status, _words(answer))
        return answer


def _words(answer: urllib3.BaseHTTPResponse) -> str:
    try:
        said = json.loads(answer.data)
        return str(said.get("message") or said.get("detail") or answer.reason)
    except (ValueError, AttributeError):
        return answer.data.decode(errors="replace")[:200] or str(answer.reason)
