"""The flag that chooses the export; its default holds where config-service does not answer."""

import structlog

from microservices.common.errors import PeerFailed
from microservices.common.http_client import Peer

NAME = "full_history_export"
DEFAULT = False

log = structlog.get_logger()


class Flag:
    def __init__(self, config: Peer) -> None:
        self._config = config

    async def enabled(self) -> bool:
        try:
            answer = await self._config.get(f"/flags/{NAME}")
        except PeerFailed as failed:
            log.warning("flag not read, its default holds", flag=NAME, default=DEFAULT, error=str(failed))
            return DEFAULT
        return bool(answer.json()["enabled"]) if answer.is_success else DEFAULT
