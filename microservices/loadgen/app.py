from fastapi import FastAPI

from microservices.common.http_client import Peer
from microservices.common.service import service_app
from microservices.loadgen.customer import customers
from microservices.loadgen.pace import PATIENCE_SECONDS, Pace
from microservices.loadgen.settings import Settings


def build(settings: Settings) -> FastAPI:
    gateway = Peer("api-gateway", settings.gateway_url, PATIENCE_SECONDS)
    first = 1 + settings.zone_index * settings.users_per_zone
    pace = Pace(settings, customers(gateway, first, settings.users_per_zone))
    return service_app(settings, pace.running())
