from microservices.common.settings import ServiceSettings


class Settings(ServiceSettings):
    service_name: str = "fraud-detection-service"
    velocity_window_seconds: float = 60.0
    velocity_limit: int = 20
    usual_amount_cents: int = 10_000
