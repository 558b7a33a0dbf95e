"""What each event earns, in ten-thousandths of a point, by difficulty. These figures are promised to users."""

from dataclasses import dataclass

from lab.scenarios.tasks import Difficulty


@dataclass(frozen=True, slots=True)
class Rates:
    first_query: int
    """A service is queried for the first time."""
    new_kind: int
    """A new kind of query on a service known already."""
    repeat: int
    """The exact same query again."""
    invalid: int
    """Something that is not there, is another task's, or cannot be read."""
    key_remedy: int
    other_remedy: int
    """Any other remedy, or one already done."""
    late: int
    """Added to each step past the halfway mark that is no submission."""
    unsubmitted: int
    """Added to the last step if it is no submission."""


RATES: dict[Difficulty, Rates] = {
    # In the easy task a remedy is refused, so that it is priced as invalid.
    "easy": Rates(400, 200, -300, -600, 0, 0, -400, -1_500),
    "medium": Rates(400, 200, -400, -600, 600, -1_000, -200, -1_500),
    "hard": Rates(300, 100, -300, -500, 600, -1_500, -200, -2_000),
}
