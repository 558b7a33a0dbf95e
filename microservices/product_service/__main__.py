from microservices.common.service import run
from microservices.product_service.app import build
from microservices.product_service.settings import Settings

run(build, Settings())
