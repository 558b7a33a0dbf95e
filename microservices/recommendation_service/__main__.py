from microservices.common.service import run
from microservices.recommendation_service.app import build
from microservices.recommendation_service.settings import Settings

run(build, Settings())
