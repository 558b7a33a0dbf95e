"""A release whose purge job takes everything out of the cache, over and over."""

from collections.abc import Mapping
from typing import ClassVar

from fault_injectors.release import ByRelease, Need, like


class CacheFlushStorm(ByRelease):
    needs: ClassVar[Mapping[str, Need]] = {
        "PURGE_PATTERN": Need(
            "what each purge removes",
            like(r"/?\*|/(pages|pictures)/.+"),
            "/*, or a pattern under /pages/ or /pictures/",
        ),
        "PURGE_EVERY_SECONDS": Need("how often it purges", like(r"(?=.*[1-9])[0-9]+(\.[0-9]+)?"), "a number above 0"),
    }
