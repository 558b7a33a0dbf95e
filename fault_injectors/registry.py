"""Which faults there are, by the name that a scenario's file gives."""

from collections.abc import Mapping
from types import MappingProxyType

from fault_injectors.bad_release import BadRelease
from fault_injectors.bad_secret_rollout import BadSecretRollout
from fault_injectors.base import Injector
from fault_injectors.cache_flush_storm import CacheFlushStorm
from fault_injectors.connection_leak import ConnectionLeak
from fault_injectors.iptables_partition import IptablesPartition
from fault_injectors.memory_hog import MemoryHog

INJECTORS: Mapping[str, Injector] = MappingProxyType(
    {
        "memory_hog": MemoryHog(),
        "iptables_partition": IptablesPartition(),
        "bad_secret_rollout": BadSecretRollout(),
        "cache_flush_storm": CacheFlushStorm(),
        "connection_leak": ConnectionLeak(),
        "bad_release": BadRelease(),
    }
)


def injector(name: str) -> Injector:
    try:
        return INJECTORS[name]
    except KeyError as error:
        raise LookupError(f"there is no fault {name!r}; there are {', '.join(INJECTORS)}") from error
