from microservices.common.service import run
from microservices.fraud_detection_service.app import build
from microservices.fraud_detection_service.settings import Settings

run(build, Settings())
