"""Where the files come from: an SFTP server, or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Sequence

from ..errors import LoadError


class Source(Protocol):
    """Paths are relative to the place that `--from` names, with `/` between their parts."""

    def names(self, folder: str) -> list[str]:
        """What is in a folder. Raises FileNotFoundError."""

    def read(self, path: str) -> bytes:
        """A small file. Raises FileNotFoundError."""

    def fetch(self, path: str, target: Path) -> None:
        """Stores a file as `target`. If there is a beginning of it already, the fetch continues. Raises FileNotFoundError."""

    def close(self) -> None: ...


def open_source(place: str, key: str | None, host_keys: Sequence[str]) -> Source:
    if place.startswith("sftp://"):
        from .sftp import open_sftp

        return open_sftp(place, key, host_keys)
    if "://" in place:
        raise LoadError("OPTION_INVALID", f"--from {place} is neither sftp://user@host:port/ nor a folder.")
    from .folder import FolderSource

    return FolderSource(Path(place))
