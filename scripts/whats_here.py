"""Writes docs/whats-here.md: every module in the sentence that its own docstring begins with."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "whats-here.md"
PARTS = ("lab", "fault_injectors", "microservices", "scripts")
HEAD = """# What is here

Every module in a sentence: its own. Made by `python scripts/whats_here.py`; a test holds it to the code.
"""


def page() -> str:
    return "\n".join([HEAD, *(line for part in PARTS for line in _lines(ROOT / part))]) + "\n"


def _lines(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    yield f"\n## {folder.relative_to(ROOT)}/\n"
    for module in sorted(folder.rglob("*.py")):
        if sentence := first_sentence(module):
            yield f"- `{_name(module)}` {sentence}"


def _name(module: Path) -> str:
    place = module.relative_to(ROOT)
    return f"{place.parent}/" if module.name == "__init__.py" else str(place)


def first_sentence(module: Path) -> str:
    text = ast.get_docstring(ast.parse(module.read_text())) or ""
    return " ".join(text.partition("\n\n")[0].split())


if __name__ == "__main__":
    PAGE.write_text(page())
