from microservices.common.settings import ServiceSettings


class Settings(ServiceSettings):
    service_name: str = "api-gateway"
    auth_url: str = "http://auth-service:8000"
    user_url: str = "http://user-service:8000"
    product_url: str = "http://product-service:8000"
    order_url: str = "http://order-service:8000"
    cdn_url: str = "http://cdn-edge:8000"
    peer_timeout: float = 2.5
