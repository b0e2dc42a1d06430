"""What the loader reports: one JSON object on each line of stdout, or lines for people on stderr."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any, Callable, TextIO

from .errors import LoadError

# How each event reads for people. The JSON has the same values.
TEXTS: dict[str, str] = {
    "discovered": "{days} days with a manifest, found by {by}",
    "waiting": "{day}: has no manifest now; the next run of the loader reads it",
    "fetching": "{entity}: fetches {path}, {bytes} bytes",
    "retrying": "{path}: {reason}; reads the manifests again",
    "loaded": "{entity}: {action}, file {sequence} revision {revision} of {day}, {rows} rows",
    "noted": "{entity}: file {sequence} revision {revision} has nothing new, since later files are loaded",
    "failed": "{code}: {message}",
    "done": "{files} files loaded, {rows} rows, {failures} failures",
}


class Reporter:
    def __init__(self, as_json: bool, quiet: bool = False, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def event(self, name: str, **values: Any) -> None:
        if self._as_json:
            line = {"event": name, "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), **values}
            print(json.dumps(line, ensure_ascii=False), file=self._out, flush=True)
        elif not self._quiet or name == "failed":
            print(TEXTS[name].format(**values), file=self._err, flush=True)

    def failed(self, error: LoadError, entity: str | None = None) -> None:
        self.event("failed", code=error.code, message=error.message, entity=entity)


Report = Callable[..., None]
