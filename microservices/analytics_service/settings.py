from microservices.common.settings import DatabaseSettings


class Settings(DatabaseSettings):
    service_name: str = "analytics-service"
    db_user: str = "analytics_app"
    config_url: str = "http://config-service:8000"
    export_every_seconds: float = 6.0
