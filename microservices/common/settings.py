"""Settings from the environment, read once at the start. No prefix: `PORT`, `DB_HOST`, `SERVICE_VERSION`."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    service_name: str = "service"
    version: str = Field(default="dev", validation_alias="SERVICE_VERSION")
    host: str = Field(default="0.0.0.0", validation_alias="LISTEN_HOST")
    port: int = 8000
    log_format: Literal["json", "pretty-json"] = "json"
    tracing_headers: Literal["none", "w3c"] = "none"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class DatabaseSettings(ServiceSettings):
    """For the services that have a database; the credentials are those of the pod's Secret at its start."""

    db_host: str = "postgres-db"
    db_port: int = 5432
    db_name: str = "shop"
    db_user: str = "shop_app"
    db_password: str = Field(default="", repr=False)
    db_credentials_generation: int = 1
    db_pool_min: int = 1
    db_pool_max: int = 4
    db_statement_timeout_ms: int = 2000
    """0: none, for what is meant to run long."""
