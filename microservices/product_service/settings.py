from microservices.common.settings import DatabaseSettings


class Settings(DatabaseSettings):
    service_name: str = "product-service"
    db_user: str = "product_app"
    db_pool_max: int = 2
    catalogue_seconds: float = 20.0
    recommendation_url: str = "http://recommendation-service:8000"
    recommendation_timeout: float = 0.4
    popular_count: int = 5
