from microservices.cdn_edge.app import build
from microservices.cdn_edge.settings import Settings
from microservices.common.service import run

run(build, Settings())
