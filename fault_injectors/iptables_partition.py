"""A release whose export filter keeps a zone's prefix from other zones: their nodes drop what goes there."""

from collections.abc import Mapping
from typing import ClassVar

from fault_injectors.base import Params, ReleaseParams, WrongParams
from fault_injectors.release import ByRelease

FILTER = "EXPORT_FILTER"


class IptablesPartition(ByRelease):
    needs: ClassVar[Mapping[str, str]] = {FILTER: "which prefixes are announced to whom"}

    def release(self, params: Params) -> ReleaseParams:
        release = super().release(params)
        if "deny" not in release.env[FILTER]:
            raise WrongParams(f"the export filter {release.env[FILTER]!r} denies nothing")
        return release
