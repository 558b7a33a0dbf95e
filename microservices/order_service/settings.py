from microservices.common.settings import DatabaseSettings


class Settings(DatabaseSettings):
    service_name: str = "order-service"
    db_pool_max: int = 3
    fraud_url: str = "http://fraud-detection-service:8000"
    payment_url: str = "http://payment-service:8000"
    notification_url: str = "http://notification-service:8000"
    fraud_timeout: float = 1.2
    payment_timeout: float = 1.2
    notification_timeout: float = 2.0
