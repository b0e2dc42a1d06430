from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports import Export, row
from tidemark_load.errors import LoadError
from tidemark_load.load import Options, load
from tidemark_load.report import Reporter


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Signer:
    def __init__(self, folder: Path, kid: str = "first") -> None:
        self.key = Ed25519PrivateKey.generate()
        self.kid = kid
        self.jwks = folder / f"{kid}.jwks"
        key = {"kty": "OKP", "crv": "Ed25519", "x": encoded(self.key.public_key().public_bytes_raw()), "kid": kid, "alg": "EdDSA"}
        self.jwks.write_text(json.dumps({"keys": [key]}))

    def sign(self, manifest: Path, header: dict[str, str] | None = None) -> None:
        head = encoded(json.dumps(header or {"alg": "EdDSA", "kid": self.kid}).encode())
        signature = self.key.sign(f"{head}.{encoded(manifest.read_bytes())}".encode())
        manifest.with_name("datapackage.json.jws").write_text(f"{head}..{encoded(signature)}")


@pytest.fixture(autouse=True)
def few_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidemark_load.load.ATTEMPTS", 2)


def attempt(folder: Path, signer: Signer | None, require: bool = True) -> str:
    """The outcome: `loaded`, or the code of the error."""
    options = Options(
        str(folder / "server"), f"sqlite:{folder / 'w.db'}", work=str(folder / "work"), keys=signer and str(signer.jwks), require_signature=require
    )
    try:
        load(options, Reporter(True, out=io.StringIO()))
        return "loaded"
    except LoadError as error:
        return error.code


def published(folder: Path) -> Path:
    export = Export(folder / "server")
    export.publish("2026-11-01", 1, None, [row("a")])
    return export.manifest("2026-11-01")


def test_a_signed_day_is_loaded(tmp_path: Path) -> None:
    signer, manifest = Signer(tmp_path), published(tmp_path)
    signer.sign(manifest)
    assert attempt(tmp_path, signer) == "loaded"


def test_a_day_without_a_signature_is_refused_only_on_request(tmp_path: Path) -> None:
    signer, _ = Signer(tmp_path), published(tmp_path)
    assert attempt(tmp_path, signer) == "SIGNATURE_MISSING"
    assert attempt(tmp_path, signer, require=False) == "loaded"


def test_a_changed_manifest_is_refused(tmp_path: Path) -> None:
    signer, manifest = Signer(tmp_path), published(tmp_path)
    signer.sign(manifest)
    manifest.write_bytes(manifest.read_bytes().replace(b'"rows": 1', b'"rows": 2'))
    assert attempt(tmp_path, signer, require=False) == "SIGNATURE_INVALID"


def test_a_signature_by_another_key_is_refused(tmp_path: Path) -> None:
    manifest = published(tmp_path)
    Signer(tmp_path, "second").sign(manifest)
    assert attempt(tmp_path, Signer(tmp_path, "first")) == "SIGNATURE_INVALID"


def test_a_signature_that_names_the_key_of_another_is_refused(tmp_path: Path) -> None:
    signer, manifest = Signer(tmp_path, "first"), published(tmp_path)
    Signer(tmp_path, "forged").sign(manifest, {"alg": "EdDSA", "kid": "first"})
    assert attempt(tmp_path, signer) == "SIGNATURE_INVALID"


@pytest.mark.parametrize("header", [{"alg": "none", "kid": "first"}, {"alg": "HS256", "kid": "first"}, {"alg": "EdDSA", "kid": "first", "crit": "x"}])
def test_a_signature_of_another_kind_is_refused(tmp_path: Path, header: dict[str, str]) -> None:
    signer, manifest = Signer(tmp_path), published(tmp_path)
    signer.sign(manifest, header)
    assert attempt(tmp_path, signer) == "SIGNATURE_INVALID"


def test_keys_over_plain_http_are_refused(tmp_path: Path) -> None:
    published(tmp_path)
    options = Options(str(tmp_path / "server"), f"sqlite:{tmp_path / 'w.db'}", work=str(tmp_path / "work"), keys="http://example.com/keys.json")
    with pytest.raises(LoadError, match="unprotected"):
        load(options, Reporter(True, out=io.StringIO()))
