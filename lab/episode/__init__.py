"""An episode: its budget, what each step earns and says, and what of it an agent may see. Pure.

How a world answers does not belong here, nor how an episode is scored at its end.
"""

from lab.episode.episode import Entry, Episode, StepResult, opaque, rebuild
from lab.episode.play import fork, run_step, start
from lab.episode.rates import RATES, Rates
from lab.episode.view import Observation, State, observation, state

__all__ = [
    "RATES",
    "Entry",
    "Episode",
    "Observation",
    "Rates",
    "State",
    "StepResult",
    "fork",
    "observation",
    "opaque",
    "rebuild",
    "run_step",
    "start",
    "state",
]
