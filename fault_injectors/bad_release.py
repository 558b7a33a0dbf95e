"""A release that does worse than the one before it; what it changes stands in its settings."""

from fault_injectors.release import ByRelease


class BadRelease(ByRelease):
    pass
