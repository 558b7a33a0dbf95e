"""The published credential sets of `shop_app`: Secrets that its clients get as environment when they start."""

import base64
from dataclasses import dataclass, field
from typing import Any

from microservices.common.kube import Kube, KubeRefused

PUBLISHED = "db-shop-app"
PREVIOUS = "db-shop-app-previous"
_MANAGER = "config-service"
_NOTE = "config-service/rotation"
_INSTALLED = "installation"


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str = field(repr=False)
    generation: int
    rotation: str = _INSTALLED  # by which rotation it was published


class NoSuchSet(LookupError):
    pass


class Vault:
    def __init__(self, kube: Kube, namespace: str) -> None:
        self._kube = kube
        self._secrets = f"/api/v1/namespaces/{namespace}/secrets"

    async def read(self, name: str) -> Credentials:
        try:
            return _decoded(await self._kube.get(f"{self._secrets}/{name}"))
        except KubeRefused as refusal:
            if refusal.code == 404:
                raise NoSuchSet(f"there is no credential set {name}") from refusal
            raise

    async def write(self, name: str, credentials: Credentials) -> None:
        await self._kube.apply(f"{self._secrets}/{name}", _encoded(name, credentials), _MANAGER)


def _decoded(secret: dict[str, Any]) -> Credentials:
    data = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
    notes = secret["metadata"].get("annotations") or {}
    return Credentials(data["username"], data["password"], int(data["generation"]), notes.get(_NOTE, _INSTALLED))


def _encoded(name: str, credentials: Credentials) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {"name": name, "annotations": {_NOTE: credentials.rotation}},
        "stringData": {
            "username": credentials.username,
            "password": credentials.password,
            "generation": str(credentials.generation),
        },
    }
