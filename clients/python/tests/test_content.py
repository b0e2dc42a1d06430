from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from exports import FIELDS, Export, csv_of, row
from tidemark_load.content import Content
from tidemark_load.errors import LoadError
from tidemark_load.load import Options, load
from tidemark_load.report import Reporter
from warehouse import rows_of


@pytest.mark.skipif(shutil.which("zstd") is None, reason="files in Zstandard: there is no program zstd")
def test_a_file_in_zstandard_is_read_with_the_program_if_there_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("compression", "zstandard"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    path = tmp_path / "x.zst"
    path.write_bytes(subprocess.run(["zstd", "-qc"], input=b"a\n1\n", capture_output=True, check=True).stdout)
    with Content("x", path, "zst").open() as stream:
        assert stream.read() == b"a\n1\n"


def encrypted_export(folder: Path) -> None:
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--yes", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
    subprocess.run([*gpg, "--quick-generate-key", "a@example.com", "future-default", "default", "never"], check=True, capture_output=True)
    plain = csv_of([field["name"] for field in FIELDS], [row("a", ""), row("b", None)])
    command = [*gpg, "--trust-model", "always", "--recipient", "a@example.com", "--encrypt"]
    secret = subprocess.run(command, input=plain, capture_output=True, check=True).stdout
    export = Export(folder / "server")
    content = {"bytes": len(plain), "hash": f"sha256:{hashlib.sha256(plain).hexdigest()}"}
    path = export.folder / "2026/11/01/thing/thing.csv"
    more = {"encryption": {"type": "pgp", "content": content}, "bytes": len(secret), "hash": f"sha256:{hashlib.sha256(secret).hexdigest()}"}
    export.publish("2026-11-01", 1, None, [row("a", ""), row("b", None)], more=more)
    path.write_bytes(secret)


def options(folder: Path) -> Options:
    return Options(str(folder / "server"), f"sqlite:{folder / 'w.db'}", work=str(folder / "work"))


@pytest.mark.skipif(shutil.which("gpg") is None, reason="encrypted files: there is no program gpg")
def test_an_encrypted_file_is_decrypted_and_leaves_no_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encrypted_export(tmp_path)
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "gnupg"))
    load(options(tmp_path), Reporter(True, out=io.StringIO()))
    assert {each["code"]: each["name"] for each in rows_of(f"sqlite:{tmp_path / 'w.db'}", "thing")} == {"a": "", "b": None}
    assert os.listdir(tmp_path / "work" / "files") == []
    subprocess.run(["gpgconf", "--homedir", str(tmp_path / "gnupg"), "--kill", "all"], check=False)


@pytest.mark.skipif(shutil.which("gpg") is None, reason="encrypted files: there is no program gpg")
def test_without_the_private_key_or_gpg_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encrypted_export(tmp_path)
    (tmp_path / "empty").mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "empty"))
    out = io.StringIO()
    assert load(options(tmp_path), Reporter(True, out=out)).exit_code == 4
    assert "Import the private key" in out.getvalue()
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(LoadError, match="Install GnuPG"):
        load(options(tmp_path), Reporter(True, out=io.StringIO()))
    subprocess.run(["gpgconf", "--homedir", str(tmp_path / "gnupg"), "--kill", "all"], check=False)
