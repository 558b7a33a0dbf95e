"""The command line: words in, a sentence and an exit code out. What the commands do lives below."""

from lab.cli.main import main

__all__ = ["main"]
