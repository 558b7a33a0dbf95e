from microservices.analytics_service.app import build
from microservices.analytics_service.settings import Settings
from microservices.common.service import run

run(build, Settings())
