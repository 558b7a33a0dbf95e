from microservices.common.service import run
from microservices.network_infra.app import build
from microservices.network_infra.settings import Settings

run(build, Settings())
