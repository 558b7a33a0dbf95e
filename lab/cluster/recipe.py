"""A short name for a state of files: what is built from the same files under the same settings is the same."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

LENGTH = 12
IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache"}


def digest_of(paths: Iterable[Path], *settings: str, without: Collection[str] = ()) -> str:
    """Of every file below the paths (their names, executable bit and bytes) and the settings.

    `without` are the suffixes of files that make no difference.
    """
    whole = hashlib.sha256()
    for root in paths:
        for file in (file for file in _files(root) if file.suffix not in without):
            mode = "x" if file.stat().st_mode & 0o100 else "-"
            name = file.relative_to(root.parent).as_posix()
            whole.update(f"{name}\0{mode}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    for setting in settings:
        whole.update(f"\0{setting}".encode())
    return whole.hexdigest()[:LENGTH]


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for path in sorted(root.rglob("*")):
        if path.is_file() and not IGNORED.intersection(path.parts):
            yield path
