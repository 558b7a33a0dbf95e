"""The services behind the door. What one of them refuses (4xx) goes to the caller as it is."""

from dataclasses import dataclass
from typing import Any

import httpx

from microservices.api_gateway.settings import Settings
from microservices.common.http_client import Peer

Json = dict[str, Any]


class Passed(Exception):
    """A backend's refusal, for the caller to read."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Backends:
    auth: Peer
    user: Peer
    product: Peer
    order: Peer
    cdn: Peer

    @classmethod
    def of(cls, settings: Settings, client: httpx.AsyncClient | None = None) -> "Backends":
        def peer(name: str, url: str) -> Peer:
            return Peer(name, url, settings.peer_timeout, client)

        return cls(
            auth=peer("auth-service", settings.auth_url),
            user=peer("user-service", settings.user_url),
            product=peer("product-service", settings.product_url),
            order=peer("order-service", settings.order_url),
            cdn=peer("cdn-edge", settings.cdn_url),
        )


async def get(peer: Peer, path: str) -> Json:
    return _accepted(await peer.get(path))


async def post(peer: Peer, path: str, body: Json) -> Json:
    return _accepted(await peer.post(path, json=body))


def _accepted(answer: httpx.Response) -> Json:
    content: Json = answer.json()
    if answer.is_success:
        return content
    raise Passed(answer.status_code, str(content.get("detail", answer.reason_phrase)))
