"""The CSV of a fetched file: decrypted and decompressed."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Iterator, cast

from .errors import LoadError
from .manifest import File
from .work import check


@dataclass(frozen=True)
class Content:
    """A file of CSV on this machine, perhaps compressed."""

    # Its name on the server, for messages.
    name: str
    path: Path
    compression: str | None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The CSV without compression."""
        if self.compression is None:
            with self.path.open("rb") as plain:
                yield plain
        elif self.compression == "gz":
            with gzip.open(self.path, "rb") as stream:
                yield cast(BinaryIO, stream)
        elif self.compression == "zst":
            with _open_zstd(self.path) as stream:
                yield stream
        else:
            raise LoadError("CONTENT_INVALID", f"{self.name} has the compression {self.compression}, which is unknown. Update tidemark-load.")


def content_of(file: File, path: Path) -> Content:
    if file.encrypted is None:
        return Content(file.path, path, file.compression)
    plain = path.with_suffix(".decrypted")
    _decrypt(file.path, path, plain)
    check(plain, file.path, file.encrypted.bytes, file.encrypted.hash)
    return Content(file.path, plain, file.encrypted.compression)


def _decrypt(name: str, path: Path, plain: Path) -> None:
    gpg = shutil.which("gpg")
    if gpg is None:
        raise LoadError("PROGRAM_MISSING", f"{name} is encrypted with PGP, and there is no program gpg. Install GnuPG, and import your private key.")
    command = [gpg, "--batch", "--yes", "--quiet", "--output", str(plain), "--decrypt", str(path)]
    outcome = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if outcome.returncode != 0:
        lines = outcome.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise LoadError(
            "DECRYPTION_FAILED",
            f"gpg cannot decrypt {name}: {lines[-1]}. Import the private key for one of the recipients that the manifest names, or set GNUPGHOME.",
        )


@contextmanager
def _open_zstd(path: Path) -> Iterator[BinaryIO]:
    try:
        from compression import zstd  # Python 3.14 or later.

        with zstd.open(path, "rb") as stream:
            yield cast(BinaryIO, stream)
        return
    except ImportError:
        pass
    try:
        import zstandard

        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as stream:
            yield cast(Any, stream)
        return
    except ImportError:
        pass
    with _zstd_program(path) as stream:
        yield stream


@contextmanager
def _zstd_program(path: Path) -> Iterator[BinaryIO]:
    program = shutil.which("zstd")
    if program is None:
        raise LoadError("PACKAGE_MISSING", "The files are compressed with Zstandard. Run `pip install 'tidemark-load[zstd]'`.")
    with subprocess.Popen([program, "-dcq", str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield cast(BinaryIO, process.stdout)
        process.stdout.read()
        if process.wait() != 0:
            raise LoadError("CONTENT_INVALID", f"The program zstd cannot read {path}.")
