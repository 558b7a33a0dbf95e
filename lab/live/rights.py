"""The agent's own account: its rights and bounds as manifests/agent declares them, and its token, renewed in time."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import yaml

from lab.cluster.paths import REPOSITORY

MANIFESTS = REPOSITORY / "manifests" / "agent"
ACCOUNT, NAMESPACE = "operator", "backstage"
LIFETIME = 3600
# Renewed so long before its end that no step can run into it.
MARGIN = 600

Object = dict[str, Any]


class Creator(Protocol):
    def create(self, path: str, body: Object) -> Object: ...


class AgentToken:
    """Called for the token at each request; asks for a new one when the old one nears its end."""

    def __init__(self, admin: Creator, clock: Callable[[], float] = time.monotonic) -> None:
        self._admin, self._clock = admin, clock
        self._token, self._good_until = "", float("-inf")

    def __call__(self) -> str:
        if self._clock() >= self._good_until:
            self.renew()
        return self._token

    def renew(self) -> None:
        """Also for the case that the account was made anew since: its earlier tokens are worth nothing then."""
        self._token = self._asked()
        self._good_until = self._clock() + LIFETIME - MARGIN

    def _asked(self) -> str:
        path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{ACCOUNT}/token"
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": LIFETIME},
        }
        return str(self._admin.create(path, request)["status"]["token"])


def declared() -> Iterator[Object]:
    """The account, its rights and its bounds; the baseline keeps them as they stand here."""
    for path in sorted(MANIFESTS.glob("*.yaml")):
        yield from (found for found in yaml.safe_load_all(path.read_text()) if found)
