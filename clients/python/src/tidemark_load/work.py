"""The work folder: files that are being fetched, and manifests that need not be fetched again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import IO, Callable, Iterable

from .errors import FilesChanged, LoadError
from .manifest import File
from .sources import Source

CHUNK = 1 << 20


def default_folder(place: str, target: str) -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "tidemark-load" / hashlib.sha256(f"{place}\n{target}".encode()).hexdigest()[:16]


class Work:
    """One loader at a time uses the folder. Other users of the machine cannot read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "files"
        self._manifests = folder / "manifests"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.files.mkdir(mode=0o700, exist_ok=True)
        self._manifests.mkdir(mode=0o700, exist_ok=True)
        self._lock = _locked(folder / "lock", f"uses the work folder {folder}")

    def manifest(self, sha256: str) -> bytes | None:
        """A manifest that was fetched before."""
        try:
            content = (self._manifests / sha256).read_bytes()
        except FileNotFoundError:
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    def keep_manifest(self, content: bytes) -> None:
        sha256 = hashlib.sha256(content).hexdigest()
        temporary = self._manifests / f"{sha256}.part"
        temporary.write_bytes(content)
        temporary.replace(self._manifests / sha256)

    def forget_manifest(self, sha256: str) -> None:
        (self._manifests / sha256).unlink(missing_ok=True)

    def keep_only(self, sha256s: set[str]) -> None:
        """Removes the manifests that the server no longer has."""
        for name in os.listdir(self._manifests):
            if name not in sha256s:
                (self._manifests / name).unlink(missing_ok=True)

    def fetch(self, source: Source, root: str, file: File, begin: Callable[[], None]) -> Path:
        """The file, with the size and the checksum of its manifest. An interrupted fetch continues."""
        target = self.files / file.hash.removeprefix("sha256:")
        if target.exists() and target.stat().st_size == file.bytes:
            return target
        part = target.with_suffix(".part")
        begin()
        try:
            source.fetch(f"{root}/{file.path}" if root else file.path, part)
        except FileNotFoundError as error:
            raise FilesChanged(file.path, "it is not on the server now") from error
        check(part, file.path, file.bytes, file.hash)
        part.replace(target)
        return target

    def remove(self, files: Iterable[File]) -> None:
        """Removes files that are loaded. What is left of others stays, so that their fetch can continue."""
        for file in files:
            target = self.files / file.hash.removeprefix("sha256:")
            target.unlink(missing_ok=True)
            target.with_suffix(".decrypted").unlink(missing_ok=True)

    def remove_files(self) -> None:
        for name in os.listdir(self.files):
            (self.files / name).unlink(missing_ok=True)

    def close(self) -> None:
        self._lock.close()


def check(path: Path, name: str, size: int, hash_: str) -> None:
    """Removes the file and raises FilesChanged where it is another one."""
    found = path.stat().st_size
    if found == size and sha256_of(path) == hash_:
        return
    path.unlink()
    reason = f"it has {found} bytes instead of {size}" if found != size else "its checksum is not the one of the manifest"
    raise FilesChanged(name, reason)


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def lock_folder(folder: Path) -> IO[bytes]:
    """The lock of a target folder, until it is closed."""
    return _locked(folder / ".tidemark-load.lock", f"writes to {folder}")


def _locked(path: Path, what: str) -> IO[bytes]:
    file = path.open("ab")
    try:
        import fcntl
    except ImportError:
        return file  # Windows.
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise LoadError("LOADER_RUNNING", f"Another tidemark-load {what}. Wait for its end.") from error
    return file
