"""A release that rotates the database credentials as it starts, and publishes the set before the valid one."""

from collections.abc import Mapping
from typing import ClassVar

from fault_injectors.release import ByRelease, Need, like


class BadSecretRollout(ByRelease):
    needs: ClassVar[Mapping[str, Need]] = {
        "CREDENTIAL_SET": Need("which set a rotation publishes", like("previous"), "previous"),
        "ROTATE_ON_START": Need("a rotation nobody asked for", like("true"), "true"),
    }
