from microservices.api_gateway.app import build
from microservices.api_gateway.settings import Settings
from microservices.common.service import run

run(build, Settings())
