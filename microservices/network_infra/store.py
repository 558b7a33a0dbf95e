"""What a speaker keeps on its node: one small JSON file, replaced as a whole: a crash leaves the old or the new.

The file is the truth and is read again at each sync: an operator may remove it while the speaker runs.
"""

import json
import os
from pathlib import Path
from types import MappingProxyType

import structlog

from microservices.network_infra.routes import Kept

log = structlog.get_logger()


class Store:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "routes.json"

    def load(self) -> Kept:
        if not self._file.exists():
            return Kept()
        try:
            found = json.loads(self._file.read_text())
            return Kept(MappingProxyType(dict(found["suppressed"])), found["override_until"])
        except (ValueError, KeyError, TypeError) as error:
            log.error("kept routes cannot be read, put aside", file=str(self._file), error=repr(error))
            os.replace(self._file, self._file.with_suffix(".unreadable"))
            return Kept()

    def save(self, kept: Kept) -> None:
        if kept == self.load():
            return
        if kept == Kept():
            self._file.unlink(missing_ok=True)
            return
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps({"suppressed": dict(kept.suppressed), "override_until": kept.override_until}))
        os.replace(draft, self._file)
