from microservices.common.service import run
from microservices.user_service.app import build
from microservices.user_service.settings import Settings

run(build, Settings())
