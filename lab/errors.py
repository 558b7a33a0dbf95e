"""Everything that can go wrong, as one tree.

LabError
├── Refused          what the agent (or the caller) asked for is not possible; the world is unharmed
│   ├── BadAction    an action that does not exist, or whose parameters are wrong
│   ├── Unforkable   an episode, or a world, of which there cannot be a second one
│   ├── Unknown      a task, scenario, service, flag, runbook step or episode that does not exist   exit code 2
│   └── Unrecorded   a remedy of which no recording shows what it does there
├── Usage            a person used the command line wrongly                              exit code 2
├── Missing          something the lab needs is not there; says what and how to get it   exit code 3
└── LabFault         the lab itself broke; the episode is void, never a zero             exit code 4
    ├── ClusterGone  the cluster (or a part of it that the lab needs) does not answer
    ├── Disturbed    somebody outside took a part of the shop away while an episode ran
    ├── NotSettled   something awaited did not come; carries the last thing seen
    ├── NotRecorded  there is no recording of an incident, or a look is missing in it
    └── and what modules add of their own: a program that fails, an engine or an API that says no
"""

from typing import TypeVar

Error = TypeVar("Error", bound=Exception)


def noted(error: Error, note: str) -> Error:
    """With what only the lab's own log may tell: an agent reads the sentence."""
    error.add_note(note)
    return error


class LabError(Exception):
    """Base of all; its text is one sentence for a person."""

    exit_code = 1


class Refused(LabError):
    pass


class BadAction(Refused):
    pass


class Unforkable(Refused):
    pass


class Unknown(Refused):
    exit_code = 2


class Unrecorded(Refused):
    pass


class Usage(LabError):
    exit_code = 2


class Missing(LabError):
    exit_code = 3


class LabFault(LabError):
    exit_code = 4


class ClusterGone(LabFault):
    pass


class Disturbed(LabFault):
    pass


class NotSettled(LabFault):
    pass


class NotRecorded(LabFault):
    pass
