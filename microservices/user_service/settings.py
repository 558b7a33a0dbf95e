from microservices.common.settings import DatabaseSettings


class Settings(DatabaseSettings):
    service_name: str = "user-service"
