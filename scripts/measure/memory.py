"""How much memory a server's default number of kept episodes takes at worst: `python -m scripts.measure.memory`.

Each is of the hardest task and goes on to its end with what makes the largest entries that are accepted: looks at what
has the longest logs, actions whose parameters are refused, and the longest summary.
"""

import os
import sys
from itertools import cycle

from lab.bench.processes import rss_mb_of
from lab.scenarios import get
from lab.server.logs import Log
from lab.server.sessions import MAX_EPISODES, Sessions
from lab.worlds import RecordedSource

LIMIT_MB = 2_048
SUMMARY = "We looked for what broke the shop and found it. " * 207
INCIDENTS = ("RP-001", "RP-002", "RP-003")


def main() -> int:
    before = rss_mb_of(os.getpid())
    sessions = Sessions(RecordedSource(), log=Log(steps=False))
    for number, name in zip(range(MAX_EPISODES), cycle(INCIDENTS), strict=False):
        play(sessions, name, f"{number} ")
    after = rss_mb_of(os.getpid())
    print(f"{len(sessions)} ended episodes: {after - before:.0f} MB more than the {before:.0f} MB of an empty server")
    return after > LIMIT_MB


def play(sessions: Sessions, name: str, own: str) -> None:
    """`own` makes its texts its own: equal ones would be kept once."""
    scenario = get(name)
    session = sessions.reset(scenario, 0)
    for at in range(scenario.task.max_steps - 1):
        look = {"action_type": "query_logs", "parameters": {"service": scenario.brief.known_services[at % 8]}}
        refused = {"action_type": "query_logs", "parameters": {"service": f"{at}{own * 1_500}"}}
        session.step(look if at % 2 else refused)
    session.step({"action_type": "submit_resolution", "parameters": {"summary": own + SUMMARY}})


if __name__ == "__main__":
    sys.exit(main())
