"""Files that are there as a whole or not at all, however their writer ends."""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Readers find what was there before or what is written now, never a part of it."""
    half = path.with_name(f"{path.name}.half")
    half.write_bytes(data)
    os.replace(half, path)
