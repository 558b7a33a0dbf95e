"""From TOML to scenarios: joins files that share a fault, and says in one sentence what is wrong with a file."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from lab.errors import LabFault
from lab.scenarios.schema import Figure, Scenario

# What a file with `fault_of` says for itself; all else stands once, in the file that it points to.
_OWN_BRIEF = {"task", "title", "incident_summary"}
_OWN_ANSWER = {"careful_steps"}

_FIGURES = "figures.toml"
_OF_A_FIGURE = {"name", "query", "unit"}
_FIGURE_OR_PARTS = "figure (or name, query and unit in its place)"

_LACKS = {"extra_forbidden": "is not known", "missing": "is missing"}
_MUST_BE = {
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "string_type": "must be text in quotation marks",
}

Tables = dict[str, Any]
Checked = TypeVar("Checked", bound=BaseModel)


def read_all() -> dict[str, Scenario]:
    """All scenarios of this package, by id and in the order of their ids."""
    return parse_all({entry.name: _text(entry) for entry in files(__package__).iterdir() if _is_scenario(entry.name)})


@cache
def read_figures() -> dict[str, Figure]:
    """What is measured, by name."""
    tables = _tables(_FIGURES, _text(files(__package__) / _FIGURES))
    return {name: _checked(_FIGURES, Figure, table, name) for name, table in tables.items()}


def parse_all(texts: Mapping[str, str]) -> dict[str, Scenario]:
    """Scenarios from the text of each file, keyed by file name."""
    tables = {name.removesuffix(".toml"): _with_figures(name, _tables(name, text)) for name, text in texts.items()}
    return {scenario_id: _scenario(scenario_id, tables) for scenario_id in sorted(tables)}


def _is_scenario(name: str) -> bool:
    return name.endswith(".toml") and name != _FIGURES


def _text(entry: Traversable) -> str:
    try:
        return entry.read_bytes().decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise LabFault(f"{entry.name}: not readable as text: line {line} is not in UTF-8; save it as UTF-8.") from error


def _tables(name: str, text: str) -> Tables:
    try:
        tables = tomllib.loads(text)
    except ValueError as error:  # a number of too many digits is no TOMLDecodeError
        raise LabFault(f"{name}: not readable as TOML: {error}.") from error
    if strangers := [part for part in ("brief", "fault", "answer") if not isinstance(tables.get(part, {}), dict)]:
        raise LabFault(f"{name}: {strangers[0]} must be a table, [{strangers[0]}].")
    return tables


def _with_figures(name: str, tables: Tables) -> Tables:
    """The same tables, with `figure = "..."` replaced by what that figure is."""
    for part in ("brief", "answer"):
        for row in _rows(name, part, tables.get(part, {}).get("symptoms", [])):
            if (figure := row.pop("figure", None)) is not None:
                row.update(_figure(name, f"{part}.symptoms", figure, row))
    return tables


def _rows(name: str, part: str, symptoms: Any) -> list[Tables]:
    if not isinstance(symptoms, list) or not all(isinstance(row, dict) for row in symptoms):
        raise LabFault(f"{name}: {part}.symptoms must be tables, each under [[{part}.symptoms]].")
    return symptoms


def _figure(name: str, place: str, figure: Any, row: Tables) -> Tables:
    known = read_figures()
    if not isinstance(figure, str) or figure not in known:
        raise LabFault(f"{name}: {place}: there is no figure {figure!r}; accepted: {', '.join(known)}.")
    whole = {"name": figure, **known[figure].model_dump()}
    if twice := sorted(whole.keys() & row.keys()):
        raise LabFault(f"{name}: {place}: the figure {figure} has a {twice[0]} already; leave one of them out.")
    return whole


def _scenario(scenario_id: str, tables: Mapping[str, Tables]) -> Scenario:
    if "id" in tables[scenario_id]:
        raise LabFault(f"{scenario_id}.toml: id is not accepted; the file's name says it.")
    return _checked(f"{scenario_id}.toml", Scenario, {"id": scenario_id, **_joined(scenario_id, tables)})


def _checked(name: str, model: type[Checked], table: Tables, *within: str) -> Checked:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise LabFault(f"{name}: {_sentence(error, model, within)}") from error


def _joined(scenario_id: str, tables: Mapping[str, Tables]) -> Tables:
    own = tables[scenario_id]
    source = own.get("fault_of")
    if source is None:
        return own
    if not isinstance(source, str) or source not in tables or "fault_of" in tables[source]:
        whole = [name for name, table in tables.items() if "fault_of" not in table]
        raise LabFault(f"{scenario_id}.toml: fault_of is {source!r}; accepted: {', '.join(whole)}.")
    _ensure_own_only(scenario_id, own, source)
    base = tables[source]
    return own | {
        "brief": base.get("brief", {}) | own.get("brief", {}),
        "fault": base.get("fault", {}),
        "answer": {key: value for key, value in base.get("answer", {}).items() if key not in _OWN_ANSWER}
        | own["answer"],
    }


def _ensure_own_only(scenario_id: str, own: Tables, source: str) -> None:
    for table, accepted in (("brief", _OWN_BRIEF), ("fault", set[str]()), ("answer", _OWN_ANSWER)):
        if extra := sorted(own.get(table, {}).keys() - accepted):
            says = f"accepted here: {', '.join(sorted(accepted))}" if accepted else "nothing is accepted here"
            raise LabFault(f"{scenario_id}.toml: {table}.{extra[0]} belongs to {source}.toml; {says}.")
    if not own.get("answer"):
        raise LabFault(f"{scenario_id}.toml: answer.careful_steps is missing.")


def _sentence(error: ValidationError, model: type[BaseModel], within: tuple[str, ...]) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in (*within, *first["loc"]))
    if says := _LACKS.get(first["type"]):
        *path, _ = first["loc"]
        return f"{place} {says}; accepted: {', '.join(_accepted(_fields(model, path), at_top=not path))}."
    if says := _MUST_BE.get(first["type"]):
        return f"{place} {says}."
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}." if place else f"{message}."


def _accepted(fields: list[str], at_top: bool) -> list[str]:
    """As a file may say them: its name is the id, and a figure stands for what it is."""
    if _OF_A_FIGURE.issubset(fields):
        return [_FIGURE_OR_PARTS, *(name for name in fields if name not in _OF_A_FIGURE)]
    return [name for name in fields if not (at_top and name == "id")]


def _fields(model: Any, path: list[int | str]) -> list[str]:
    for name in path:
        if isinstance(name, str):
            model = _model_in(model.model_fields[name].annotation)
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(found for part in get_args(annotation) if (found := _model_in(part)) is not None)
