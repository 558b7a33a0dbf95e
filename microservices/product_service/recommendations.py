"""What a customer may like: the recommendation service's choice, or else what is popular."""

import structlog

from microservices.common import metrics
from microservices.common.errors import PeerFailed
from microservices.common.http_client import Peer
from microservices.product_service.catalogue import Catalogue, Product

fallbacks = metrics.counter("fallbacks_total", "Recommendations answered with popular products")


class Recommendations:
    def __init__(self, catalogue: Catalogue, recommender: Peer, popular_count: int) -> None:
        self._catalogue = catalogue
        self._recommender = recommender
        self._popular_count = popular_count
        self._log = structlog.get_logger()

    async def for_user(self, user_id: int) -> tuple[str, list[Product]]:
        """Where they come from, and the products."""
        try:
            answer = await self._recommender.get(f"/recommendations/{user_id}")
        except PeerFailed as failed:
            fallbacks.inc()
            self._log.warning("popular products instead of recommendations", error=str(failed))
            return "fallback", await self._catalogue.popular(self._popular_count)
        return "model", await self._catalogue.named(answer.raise_for_status().json()["products"])
