from microservices.common.settings import ServiceSettings


class Settings(ServiceSettings):
    service_name: str = "cdn-edge"
    product_url: str = "http://product-service:8000"
    image_url: str = "http://image-service:8000"
    elder_url: str = "http://cdn-edge:8000"  # our own Service: whoever serves while we start
    ttl_seconds: float = 150.0
    purge_pattern: str = "/promo/*"
    purge_every_seconds: float = 30.0
    warm_seconds: float = 25.0  # ready after so long even where the warm-up is not done
    picture_patience_seconds: float = 1.8  # within the 2.5 s that the gateway gives a page
    products: int = 20
    pictures_a_page: int = 4
