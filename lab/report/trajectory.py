"""The trajectory of one episode as JSON lines: what was asked, seen and earned, and when."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lab.errors import Usage
from lab.whole import write_whole

Json = dict[str, Any]
FORMAT: Literal[1] = 1


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    at: float = Field(ge=0)
    """Seconds since the page."""


class Opening(_Record):
    kind: Literal["opening"] = "opening"
    format: Literal[1] = FORMAT
    world: str
    player: str
    started: str
    """The moment of the page, as ISO 8601 in UTC."""
    observation: Json


class StepTaken(_Record):
    kind: Literal["step"] = "step"
    number: int
    action: Json
    why: str = ""
    reward: float
    cumulative: float
    parts: dict[str, float]
    feedback: str
    evidence: str
    error: str | None = None
    done: bool


class Hint(_Record):
    kind: Literal["hint"] = "hint"
    says: str


class Ending(_Record):
    kind: Literal["ending"] = "ending"
    grade: Json
    truth: Json
    """What really happened; known to nobody before this line."""


Record = Annotated[Opening | StepTaken | Hint | Ending, Field(discriminator="kind")]
_RECORD: TypeAdapter[Opening | StepTaken | Hint | Ending] = TypeAdapter(Record)


class Trajectory:
    """The opening, then steps and hints in their order, then the ending where there was one."""

    def __init__(self, opening: Opening, events: list[StepTaken | Hint], ending: Ending | None = None) -> None:
        self.opening, self.events, self.ending = opening, events, ending

    @property
    def steps(self) -> list[StepTaken]:
        return [event for event in self.events if isinstance(event, StepTaken)]

    @property
    def hints(self) -> list[Hint]:
        return [event for event in self.events if isinstance(event, Hint)]

    @property
    def score(self) -> float | None:
        """None where the episode was left before its end, or is void."""
        grade = self.ending.grade if self.ending else {}
        return float(grade["total"]) if grade.get("verdict") == "scored" else None

    def lines(self) -> str:
        records = [self.opening, *self.events, *([self.ending] if self.ending else [])]
        return "".join(f"{record.model_dump_json()}\n" for record in records)

    def write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, self.lines().encode())

    @classmethod
    def read(cls, file: Path) -> Self:
        try:
            # Not splitlines: evidence may hold other characters that end a line.
            lines = file.read_text(encoding="utf-8").split("\n")
            records = [_RECORD.validate_json(line) for line in lines if line]
        except OSError as error:
            raise Usage(f"{file} cannot be read: {error.strerror}.") from error
        except (ValidationError, UnicodeDecodeError) as error:
            raise Usage(f"{file} is no trajectory of an episode, as `lab play` writes it.") from error
        return cls._of(file, records)

    @classmethod
    def _of(cls, file: Path, records: list[Opening | StepTaken | Hint | Ending]) -> Self:
        first, rest = next(iter(records), None), records[1:]
        if not isinstance(first, Opening):
            raise Usage(f"{file} does not begin with an episode's opening.")
        events = [record for record in rest if isinstance(record, (StepTaken, Hint))]
        endings = [record for record in rest if isinstance(record, Ending)]
        return cls(first, events, endings[-1] if endings else None)
