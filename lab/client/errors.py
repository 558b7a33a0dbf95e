"""What can go wrong between a client and a lab: the lab's own tree with two leaves more. Each says the lab's sentence.

LabError
├── Refused          what was asked for is not possible; the episode is unharmed   400, 413, 422
│   ├── Unknown      there is no such episode; idle ones are dropped               404
│   ├── Busy         the one cluster is being made ready for another episode       409
│   └── Unforkable   of this episode there cannot be a second one                  409
├── Missing
│   └── Unreachable  nothing answers at that address
└── LabFault         the lab itself broke; the episode is void                     503
    └── Garbled      something answers there, but not as a lab does
"""

from lab.errors import LabError, LabFault, Missing, Refused, Unknown


class Busy(Refused):
    pass


class Unreachable(Missing):
    pass


class Garbled(LabFault):
    pass


def refusal(status: int, sentence: str, conflict: type[LabError] = Busy) -> LabError:
    """The error that this status means; what a 409 means depends on what was asked."""
    kinds: dict[int, type[LabError]] = {404: Unknown, 409: conflict}
    default = Refused if 400 <= status < 500 else LabFault
    return kinds.get(status, default)(sentence)
