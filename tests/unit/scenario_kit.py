"""Scenario files as tables, changed in one place, and what is said of them."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from functools import reduce
from importlib.resources import files
from operator import getitem
from typing import Any

import pytest

from lab.errors import LabFault
from lab.scenarios import loader

Tables = dict[str, Any]


def tables_of(scenario_id: str) -> Tables:
    return tomllib.loads((files("lab.scenarios") / f"{scenario_id}.toml").read_text("utf-8"))


IN_PLACE_OF_TEXT = "# tables given as they are"
real = tomllib.loads


def refusal(scenario_id: str, tables: Tables) -> str | None:
    """What is said of such a file; None where it is read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda text: deepcopy(tables) if text == IN_PLACE_OF_TEXT else real(text))
        try:
            loader.parse_all({f"{scenario_id}.toml": IN_PLACE_OF_TEXT})
        except LabFault as refused:
            return str(refused)
    return None


def put(*path: str | int, value: Any) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        *way, last = path
        reduce(getitem, way, tables)[last] = value

    return change


def take(*path: str | int) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        *way, last = path
        del reduce(getitem, way, tables)[last]

    return change
