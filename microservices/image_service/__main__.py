from microservices.common.service import run
from microservices.image_service.app import build
from microservices.image_service.settings import Settings

run(build, Settings())
