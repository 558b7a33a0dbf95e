from pydantic import Field

from microservices.common.settings import ServiceSettings
from microservices.config_service.rotation import CredentialSet


class Settings(ServiceSettings):
    service_name: str = "config-service"
    pod_namespace: str = "default"
    credential_set: CredentialSet = "next"
    rotate_on_start: bool = False
    check_seconds: float = 2.0
    db_host: str = "postgres-db"
    db_port: int = 5432
    db_name: str = "shop"
    db_user: str = "config_admin"
    db_password: str = Field(default="", repr=False)
