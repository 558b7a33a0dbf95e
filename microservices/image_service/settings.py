from microservices.common.settings import ServiceSettings


class Settings(ServiceSettings):
    service_name: str = "image-service"
    picture_milliseconds: float = 45.0  # of one processor
    max_queue: int = 64  # more than this many waiting are turned away: they would have gone before their turn
