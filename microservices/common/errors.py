"""What can go wrong with what a service depends on; each one is a 503 to whoever asked.

DependencyFailed
├── PeerFailed       another service did not answer, refused, or answered 5xx
├── DatabaseFailed   no connection within the wait, or the one in use broke
├── CacheFailed      redis did not answer
└── BreakerOpen      not even tried: too many failures in a row
"""


class DependencyFailed(Exception):
    """Carries the peer's name and a reason of a few words."""

    def __init__(self, peer: str, reason: str) -> None:
        super().__init__(f"{peer}: {reason}")
        self.peer = peer
        self.reason = reason


class PeerFailed(DependencyFailed):
    pass


class DatabaseFailed(DependencyFailed):
    pass


class CacheFailed(DependencyFailed):
    pass


class BreakerOpen(DependencyFailed):
    pass
