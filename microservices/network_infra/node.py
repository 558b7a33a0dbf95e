"""Which zone and pod prefix this node has: asked of the Kubernetes API until it answers."""

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from microservices.common.kube import Kube, KubeError
from microservices.network_infra.routes import Own

ZONE_LABEL = "topology.kubernetes.io/zone"

log = structlog.get_logger()


class NodeUnfit(Exception):
    """The node has no zone or no pod prefix yet."""


async def own_node(kube: Kube, name: str, first_wait: float = 0.5) -> Own:
    patient = AsyncRetrying(
        retry=retry_if_exception_type((KubeError, NodeUnfit)),
        wait=wait_exponential(multiplier=first_wait, max=5),
        before_sleep=_say,
    )
    return await patient(_read, kube, name)


def _say(state: RetryCallState) -> None:
    log.warning("node not known yet", error=str(state.outcome and state.outcome.exception()))


async def _read(kube: Kube, name: str) -> Own:
    node = await kube.get(f"/api/v1/nodes/{name}")
    zone = node["metadata"].get("labels", {}).get(ZONE_LABEL)
    prefix = node["spec"].get("podCIDR")
    if not zone or not prefix:
        raise NodeUnfit(f"node {name} has zone {zone!r} and pod prefix {prefix!r}")
    return Own(zone, prefix)
