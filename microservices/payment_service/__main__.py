from microservices.common.service import run
from microservices.payment_service.app import build
from microservices.payment_service.settings import Settings

run(build, Settings())
