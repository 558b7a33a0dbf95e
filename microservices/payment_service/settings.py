from microservices.common.settings import DatabaseSettings


class Settings(DatabaseSettings):
    service_name: str = "payment-service"
    db_user: str = "payment_app"
    redis_host: str = "redis-payment-cache"
    redis_port: int = 6379
    idempotency_seconds: int = 3600
