"""Data on stdout, as JSON or as a table; everything else goes to stderr."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lab.plain import harmless_lines

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


def show_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    Console().print(table_of(columns, rows, title=title))


def table_of(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", wrapped: Sequence[str] | None = None
) -> Table:
    """`wrapped` are the columns that may be broken where the terminal is narrow: all but the first unless said."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, no_wrap=number == 0 if wrapped is None else name not in wrapped)
    for row in rows:
        # As Text: brackets in it are not read as styles.
        table.add_row(*(Text(harmless_lines(cell)) for cell in row))
    return table


def say(text: str) -> None:
    sys.stderr.write(f"{harmless_lines(text)}\n")
