from typing import Literal

from microservices.common.settings import DatabaseSettings


class Settings(DatabaseSettings):
    service_name: str = "auth-service"
    db_user: str = "auth_app"
    db_pool_max: int = 8
    db_lease: Literal["transaction", "request"] = "transaction"
    redis_host: str = "redis-session"
    redis_port: int = 6379
    session_seconds: int = 3600
    password_salt: str = "shop"
