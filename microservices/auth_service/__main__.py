from microservices.auth_service.app import build
from microservices.auth_service.settings import Settings
from microservices.common.service import run

run(build, Settings())
