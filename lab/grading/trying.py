"""Was the culprit found by reading, or by trying remedies until one paid? For the task that asks for no remedies.

Rewards tell at once whether a remedy is in the key, and so a remedy is an answer tried out.
"""

from lab.actions import MEASURING_STEPS, Query, Remedy
from lab.grading.key import Key
from lab.grading.result import Trajectory

# With so many wrong targets of one kind of remedy, who is left over is known without a look at any evidence.
SHOTGUN = 3
# Of a service that the page does not name one wrong try is enough: there are but four or five of them.
TELLING_KINDS = frozenset({"rollback_deploy", "restart_service"})


class _Trial:
    __slots__ = ("found_out", "key", "page", "saw_clue", "wrong")

    def __init__(self, key: Key) -> None:
        self.key, self.page = key, key.scenario.brief.affected_services
        self.wrong: dict[str, set[str]] = {}
        self.saw_clue = self.found_out = False

    def act(self, remedy: Remedy) -> None:
        step = self.key.step(remedy)
        if step is None:
            if remedy.target not in MEASURING_STEPS:
                self.wrong.setdefault(remedy.kind, set()).add(remedy.target)
                self.found_out = remedy.kind in TELLING_KINDS and remedy.target not in self.page
        elif step.id in self.key.telling and (not self.saw_clue or remedy.kind in self.wrong):
            self.found_out = True


def tried_out(key: Key, trajectory: Trajectory) -> bool:
    """A remedy that tells the culprit came before the evidence or after wrong ones of its kind, or one was tried on a
    service that the page does not name and was wrong, or many were wrong.
    """
    trial = _Trial(key)
    for move in trajectory.moves:
        if isinstance(move, Query):
            trial.saw_clue = trial.saw_clue or move in key.clues
        elif isinstance(move, Remedy) and not trial.found_out:
            trial.act(move)
    return trial.found_out or any(len(targets) >= SHOTGUN for targets in trial.wrong.values())
