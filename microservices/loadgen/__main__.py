from microservices.common.service import run
from microservices.loadgen.app import build
from microservices.loadgen.settings import Settings

run(build, Settings())
