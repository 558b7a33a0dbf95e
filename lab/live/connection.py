"""The agent's way to the lab's own cluster: its own account's token and nothing of the admin's.

What is asked of the cluster does not belong here. Foreign errors end here: what does not answer is ClusterGone, what
answers no is KubeRefused or ServiceFailed, the cause chained.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from kubernetes.client import ApiClient, Configuration

from lab.cluster.names import BACKSTAGE, SHOP, STRATEGIC
from lab.errors import ClusterGone, Refused
from lab.live.baseline.own import Entry

TIMEOUT = 5.0
GATEWAY_TIMEOUT = 504
# Enough that the calls of a diagnosis run side by side without a new TLS handshake each time.
CONNECTIONS = 16
JSON = "application/json"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
GONE_CODES = frozenset({401, 429, 500, 502, 503, 504})

Object = dict[str, Any]
Token = Callable[[], str]


class KubeRefused(Refused):
    """The API server answered no; carries its status code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"The cluster answered {code}: {message}")
        self.code = code


class ServiceFailed(Refused):
    """A service, asked over its own HTTP API, did not answer or answered with an error."""

    def __init__(self, service: str, code: int, message: str) -> None:
        super().__init__(f"{service} answered {code}: {message}")
        self.service, self.code = service, code

    @property
    def tells_nothing(self) -> bool:
        """Where the answer did not come in time, what was asked for may have been done, or be done yet."""
        return self.code == GATEWAY_TIMEOUT


class Kube:
    """One identity at the API server. Paths are the API's own; every call has a timeout; connections are kept."""

    shop, backstage = SHOP, BACKSTAGE

    def __init__(self, host: str, authority: bytes, token: Token) -> None:
        self.host, self.token = host, token
        # Clients take the cluster's certificate authority as a file.
        self._authority = tempfile.NamedTemporaryFile(suffix=".crt")  # noqa: SIM115
        self._authority.write(authority)
        self._authority.flush()
        self._client = ApiClient(self._configuration())
        self._pool: urllib3.PoolManager = self._client.rest_client.pool_manager

    @classmethod
    def connect(cls, entry: Entry, token: Token) -> "Kube":
        return cls(entry.server, entry.authority, token)

    def close(self) -> None:
        self._pool.clear()
        self._authority.close()

    @property
    def authority_file(self) -> str:
        return self._authority.name

    def get(self, path: str, **query: str) -> Object:
        return _decoded(self._asked("GET", path, query=query))

    def find(self, path: str) -> Object | None:
        """None where there is no such object."""
        try:
            return self.get(path)
        except KubeRefused as refusal:
            if refusal.code != 404:
                raise
            return None

    def text(self, path: str, **query: str) -> str:
        return self._asked("GET", path, query=query).data.decode(errors="replace")

    def patch(self, path: str, body: Any, kind: str = STRATEGIC) -> Object:
        return _decoded(self._asked("PATCH", path, body, kind))

    def ask(self, service: str, method: str, path: str, body: Object | None = None, timeout: float = TIMEOUT) -> Any:
        """A service of the shop over its own HTTP API, through the API server's proxy."""
        try:
            answer = self._sent(method, f"{proxy_path(self.shop, service)}{path}", body, JSON, {}, timeout)
        except ClusterGone as gone:
            if not _is_slow(gone.__cause__):
                raise
            raise ServiceFailed(service, GATEWAY_TIMEOUT, f"nothing within {timeout:.0f} s") from gone
        if answer.status >= 400:
            raise ServiceFailed(service, answer.status, _message(answer))
        return json.loads(answer.data) if answer.data else None

    def _asked(
        self, method: str, path: str, body: Any = None, kind: str = JSON, query: Mapping[str, str] = {}
    ) -> urllib3.BaseHTTPResponse:
        answer = self._sent(method, path, body, kind, query, TIMEOUT)
        if answer.status in GONE_CODES:
            raise ClusterGone(f"The API server answered {answer.status} to {method} {path}: {_message(answer)}")
        if answer.status >= 400:
            raise KubeRefused(answer.status, _message(answer))
        return answer

    def _sent(
        self, method: str, path: str, body: Any, kind: str, query: Mapping[str, str], timeout: float
    ) -> urllib3.BaseHTTPResponse:
        url = f"{self.host}{path}" + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": kind, "Accept": "application/json, */*", "Authorization": f"Bearer {self.token()}"}
        with _named_failures():
            return self._pool.request(
                method, url, body=content, headers=headers, timeout=urllib3.Timeout(total=timeout)
            )

    def _configuration(self) -> Configuration:
        configuration = Configuration(host=self.host)
        configuration.ssl_ca_cert = self.authority_file
        configuration.connection_pool_maxsize = CONNECTIONS
        # An environment's proxy is not meant for a cluster on this machine.
        configuration.proxy = None
        return configuration


def proxy_path(namespace: str, service: str, port: str = "http") -> str:
    return f"/api/v1/namespaces/{namespace}/services/{quote(service, safe='')}:{port}/proxy"


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ClusterGone(f"The cluster does not answer: {error}") from error


def _is_slow(failure: BaseException | None) -> bool:
    """The API server was reached, but who it asked took too long."""
    reason = failure.reason if isinstance(failure, urllib3.exceptions.MaxRetryError) else failure
    return isinstance(reason, urllib3.exceptions.ReadTimeoutError)


def _decoded(answer: urllib3.BaseHTTPResponse) -> Object:
    try:
        found: Object = json.loads(answer.data)
    except ValueError as error:
        raise ClusterGone(f"The API server's answer cannot be read: {error}.") from error
    return found


def _message(answer: urllib3.BaseHTTPResponse) -> str:
    try:
        found = json.loads(answer.data)
        return str(found.get("message") or found.get("detail") or answer.reason)
    except (ValueError, AttributeError):
        return str(answer.reason)
