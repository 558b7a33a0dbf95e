"""`GET /recommendations/{user_id}` and `POST /ops/clear-cache`."""

from typing import Any

from fastapi import FastAPI, HTTPException

from microservices.common.cache import Cache
from microservices.common.clear_cache import add_clear_cache
from microservices.common.service import service_app
from microservices.recommendation_service.models import Batcher
from microservices.recommendation_service.recommender import Recommender, TooSlow
from microservices.recommendation_service.settings import Settings


def build(settings: Settings) -> FastAPI:
    cache = Cache("redis-reco-cache", settings.redis_host, settings.redis_port, "reco:")
    app = service_app(settings, cache.running())
    add_clear_cache(app, cache)
    batcher = Batcher(settings.batch_capacity, settings.batch_window_seconds)
    recommender = Recommender(settings.model, cache, batcher, settings.deadline_seconds, settings.cache_ttl_seconds)

    @app.get("/recommendations/{user_id}")
    async def recommendations(user_id: int) -> dict[str, Any]:
        try:
            products = await recommender.suggest(user_id)
        except TooSlow as slow:
            raise HTTPException(504, str(slow)) from slow
        return {"user_id": user_id, "products": products, "model": recommender.model}

    return app
