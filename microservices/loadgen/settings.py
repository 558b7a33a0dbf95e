from microservices.common.settings import ServiceSettings


class Settings(ServiceSettings):
    service_name: str = "loadgen"
    zone: str = "az-1"
    gateway_url: str = "http://api-gateway:8000"
    requests_per_second: float = 10 / 3
    in_flight_max: int = 40
    users_per_zone: int = 40
    products: int = 20

    @property
    def zone_index(self) -> int:
        """0 for az-1."""
        return int(self.zone.rpartition("-")[2]) - 1
