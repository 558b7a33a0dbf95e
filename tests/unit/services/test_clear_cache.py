import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from microservices.auth_service import app as auth
from microservices.auth_service.settings import Settings as AuthSettings
from microservices.common.cache import Cache
from microservices.common.clear_cache import add_clear_cache
from microservices.common.service import service_app
from microservices.common.settings import ServiceSettings
from microservices.payment_service import app as payment
from microservices.payment_service.settings import Settings as PaymentSettings
from microservices.recommendation_service import app as recommendation
from microservices.recommendation_service.settings import Settings as RecommendationSettings
from tests.unit.services.backend import caller


class Three:
    async def clear(self) -> int:
        return 3


def cleared(app: FastAPI) -> Any:
    async def story() -> Any:
        async with caller(app) as client:
            return (await client.post("/ops/clear-cache")).json()

    return asyncio.run(story())


def test_an_operator_is_told_how_many_entries_are_gone_and_so_is_the_log() -> None:
    app = service_app(ServiceSettings())
    add_clear_cache(app, Three())
    with capture_logs() as lines:
        assert cleared(app) == {"removed": 3}
    assert {"event": "cache cleared by an operator", "entries_removed": 3, "log_level": "info"} in lines


@pytest.mark.parametrize("service", ["auth", "payment", "recommendation"])
def test_the_services_with_a_redis_answer_alike(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cache, "clear", Three.clear)
    apps = {
        "auth": lambda: auth.build(AuthSettings()),
        "payment": lambda: payment.build(PaymentSettings()),
        "recommendation": lambda: recommendation.build(RecommendationSettings()),
    }
    assert cleared(apps[service]()) == {"removed": 3}
