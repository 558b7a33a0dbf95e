"""A release whose purge job takes everything out of the cache, over and over."""

from collections.abc import Mapping
from typing import ClassVar

from fault_injectors.release import ByRelease


class CacheFlushStorm(ByRelease):
    needs: ClassVar[Mapping[str, str]] = {
        "PURGE_PATTERN": "what each purge removes",
        "PURGE_EVERY_SECONDS": "how often it purges",
    }
