from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

from microservices.common.settings import ServiceSettings
from microservices.network_infra.policy import ExportFilter, parse_filter


def _read(rules: object) -> object:
    return parse_filter(rules) if isinstance(rules, str) else rules


Export = Annotated[ExportFilter, NoDecode, BeforeValidator(_read)]


class Settings(ServiceSettings):
    service_name: str = "network-infra"
    port: int = 7900
    export_filter: Export = parse_filter("permit any")
    sync_seconds: float = 1.0
    node_name: str = ""
    node_ip: str = ""
    peers_host: str = "network-infra"
    state_dir: Path = Path("/var/lib/network-infra")
    iptables: str = "iptables"
