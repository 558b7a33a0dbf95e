"""What can be set from the environment; every name begins with LAB_."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LAB_", frozen=True)

    world: str = "auto"
    idle_seconds: float = Field(1_800, gt=0)
    """An episode that nobody asked about for so long is dropped."""
    max_episodes: int = Field(4_096, ge=1)
    """Beyond it the episode that was idle longest is dropped."""
    openenv_sessions: int = Field(64, ge=1)
    openenv_ready: bool = True
    """Load the OpenEnv package, which takes seconds, behind the scenes right after the start."""
    page_ready: bool = True
    """The same for the web page; else it is loaded when somebody first asks for it."""
    log_steps: bool = True
