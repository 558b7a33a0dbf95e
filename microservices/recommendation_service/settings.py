from typing import Literal

from microservices.common.settings import ServiceSettings

Model = Literal["matrix-v1", "deep-v2"]


class Settings(ServiceSettings):
    service_name: str = "recommendation-service"
    model: Model = "matrix-v1"
    deadline_seconds: float = 0.4
    cache_ttl_seconds: int = 30
    redis_host: str = "redis-reco-cache"
    redis_port: int = 6379
    batch_capacity: int = 1024
    batch_window_seconds: float = 0.06
