"""Whether the published credentials are valid: tried against the database, again and again."""

import structlog

from microservices.common import metrics
from microservices.common.kube import KubeError
from microservices.config_service.credentials import PUBLISHED, NoSuchSet, Vault
from microservices.config_service.roles import Login, Roles

log = structlog.get_logger()

CONCERN = "stale_credentials_published"

_generation = metrics.gauge("credentials_published_generation", "Generation of the published credentials")


class Check:
    def __init__(self, vault: Vault, roles: Roles) -> None:
        self.last = Login.UNKNOWN
        self._vault = vault
        self._roles = roles

    async def run(self) -> None:
        try:
            published = await self._vault.read(PUBLISHED)
        except (KubeError, NoSuchSet) as error:
            log.warning("published credentials not read", error=str(error))
            return
        _generation.set(published.generation)
        self._note(await self._roles.try_login(published), published.generation)

    def _note(self, login: Login, generation: int) -> None:
        if login is Login.UNKNOWN:
            return
        if login is not self.last:
            say = log.warning if login is Login.REFUSED else log.info
            say(f"published credentials of generation {generation} are {login} by postgres-db")
        self.last = login
        metrics.set_concern(CONCERN, login is Login.REFUSED)
