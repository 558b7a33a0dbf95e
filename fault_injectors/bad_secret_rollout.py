"""A release that rotates the database credentials as it starts, and publishes the set before the valid one."""

from collections.abc import Mapping
from typing import ClassVar

from fault_injectors.release import ByRelease


class BadSecretRollout(ByRelease):
    needs: ClassVar[Mapping[str, str]] = {
        "CREDENTIAL_SET": "which set a rotation publishes",
        "ROTATE_ON_START": "a rotation nobody asked for",
    }
