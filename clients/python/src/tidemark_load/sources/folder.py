"""Files that another program has fetched, or the folder of an SFTP server on this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import LoadError


class FolderSource:
    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise LoadError("NOT_FOUND", f"There is no folder {root}. Correct --from.")
        self._root = root

    def names(self, folder: str) -> list[str]:
        return sorted(os.listdir(self._root / folder))

    def read(self, path: str) -> bytes:
        return (self._root / path).read_bytes()

    def fetch(self, path: str, target: Path) -> None:
        # A link keeps the bytes that are there now, also if a later revision replaces the file.
        target.unlink(missing_ok=True)
        try:
            os.link(self._root / path, target)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(self._root / path, target)

    def close(self) -> None:
        pass
