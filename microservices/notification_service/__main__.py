from microservices.common.service import run
from microservices.notification_service.app import build
from microservices.notification_service.settings import Settings

run(build, Settings())
