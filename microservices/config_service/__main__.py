from microservices.common.service import run
from microservices.config_service.app import build
from microservices.config_service.settings import Settings

run(build, Settings())
