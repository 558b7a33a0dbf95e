"""The desk: buttons and menus for every action of the task, made from the actions' own schema."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lab.actions import DESCRIPTIONS, QUERY_KINDS, REMEDY_KINDS, SUBMISSION_KINDS, action_schema
from lab.actions.moves import NAME_LIMIT
from lab.server.page.markup import Safe, joined, tag
from lab.server.page.steps import words

Json = Mapping[str, Any]
SERVICE = "service"
# Parameters that name something the observation lists.
_LISTED = {SERVICE: "known_services", "flag": "feature_flags", "runbook_action": "runbook"}


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of an action, as the schema has it."""

    name: str
    required: bool
    choices: tuple[str, ...] = ()
    whole: bool = False
    least: int | None = None
    most: int | None = None
    length: int | None = None


@cache
def fields_of(action_type: str) -> tuple[Field, ...]:
    schema = action_schema()
    model = _at(schema, schema["discriminator"]["mapping"][action_type])
    parameters = _at(schema, model["properties"]["parameters"]["$ref"])
    required = parameters.get("required", [])
    return tuple(_field(name, found, name in required) for name, found in parameters["properties"].items())


def desk(seen: Json) -> Safe:
    kinds: list[str] = seen["available_actions"]
    return joined(
        tag("h2", "Act"),
        _services(seen["known_services"]),
        _group("Look", [kind for kind in QUERY_KINDS if kind in kinds], seen, SERVICE),
        _group("Repair", [kind for kind in REMEDY_KINDS if kind in kinds], seen, SERVICE),
        _group("Submit: ends the episode", [kind for kind in SUBMISSION_KINDS if kind in kinds], seen, ""),
        _glossary(kinds),
    )


def _services(names: Iterable[str]) -> Safe:
    inputs = (tag("label", tag("input", type="radio", name=SERVICE, value=name), tag("span", name)) for name in names)
    return tag("fieldset", tag("legend", "Service to look at or to repair"), *inputs, class_="chips")


def _group(title: str, kinds: Iterable[str], seen: Json, shared: str) -> Safe | None:
    """`shared` is the parameter that is chosen above, once for all."""
    own = {kind: tuple(field for field in fields_of(kind) if field.name != shared) for kind in kinds}
    if not own:
        return None
    buttons = [_button(kind) for kind, fields in own.items() if not fields]
    forms = [_form(kind, fields, seen) for kind, fields in own.items() if fields]
    row = tag("div", *buttons, class_="buttons") if buttons else None
    return tag("section", tag("h3", title), row, *forms, class_="group", aria_label=title)


def _button(kind: str, submits: bool = False) -> Safe:
    takes = " ".join(field.name for field in fields_of(kind))
    how = "submit" if submits else "button"
    return tag("button", words(kind), type=how, data_action=kind, data_takes=takes, title=DESCRIPTIONS[kind])


def _form(kind: str, fields: Iterable[Field], seen: Json) -> Safe:
    inputs = (_input(kind, field, seen) for field in fields)
    return tag("form", *inputs, _button(kind, submits=True), data_action=kind, aria_label=words(kind))


def _input(kind: str, field: Field, seen: Json) -> Safe:
    name = f"{kind}-{field.name}"
    label = tag("label", _label(field), for_=name)
    return tag("div", label, _control(name, field, seen), class_="long" if _is_long(field) else None)


def _control(name: str, field: Field, seen: Json) -> Safe:
    same: dict[str, object] = {"id": name, "name": field.name, "required": field.required}
    choices = field.choices or tuple(seen[_LISTED[field.name]] if field.name in _LISTED else ())
    if choices:
        options = (tag("option", choice, value=choice) for choice in choices)
        return tag("select", tag("option", "choose", value=""), *options, **same)
    if field.whole:
        return tag("input", type="number", min=field.least, max=field.most, step=1, **same)
    if _is_long(field):
        return tag("textarea", rows=3, maxlength=field.length, **same)
    return tag("input", type="text", maxlength=field.length, autocomplete="off", **same)


def _label(field: Field) -> str:
    said = words(field.name)[:1].upper() + words(field.name)[1:]
    bounds = f" ({field.least} to {field.most})" if field.whole else ""
    optional = "" if field.required else " (optional)"
    return f"{said}{bounds}{optional}"


def _is_long(field: Field) -> bool:
    return not field.choices and not field.whole and (field.length or 0) > NAME_LIMIT


def _glossary(kinds: Iterable[str]) -> Safe:
    entries = (joined(tag("dt", words(kind)), tag("dd", DESCRIPTIONS[kind])) for kind in kinds)
    return tag("details", tag("summary", "What each action does"), tag("dl", *entries), class_="glossary")


def _field(name: str, schema: Json, required: bool) -> Field:
    options = schema.get("anyOf", [schema])
    kind = next(option for option in options if option.get("type") != "null")
    return Field(
        name=name,
        required=required,
        choices=tuple(kind.get("enum", ())),
        whole=kind.get("type") == "integer",
        least=kind.get("minimum"),
        most=kind.get("maximum"),
        length=kind.get("maxLength"),
    )


def _at(schema: Json, reference: str) -> Any:
    return schema["$defs"][reference.rsplit("/", 1)[-1]]
