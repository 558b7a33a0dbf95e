from microservices.common.service import run
from microservices.order_service.app import build
from microservices.order_service.settings import Settings

run(build, Settings())
