"""The package's own version, read from where it is installed."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DISTRIBUTION = "incident-lab"
_CHECKOUT = Path(__file__).resolve().parents[2]


def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        # A checkout that was never installed, as in the image of a Space.
        project = tomllib.loads((_CHECKOUT / "pyproject.toml").read_text("utf-8"))
        return str(project["project"]["version"])


VERSION = _version()
