"""The signature of a manifest: a detached JWS with Ed25519 in `datapackage.json.jws`, by a key of the operator's JWKS."""

from __future__ import annotations

import base64
import json
import urllib.request
from pathlib import Path
from typing import Any, Mapping
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .errors import LoadError

Keys = Mapping[str, Ed25519PublicKey]


class SignatureMismatch(Exception):
    """The signature is not one of these bytes. They may be in the middle of a replacement."""


def read_keys(place: str) -> Keys:
    """The public keys of a JWKS, by key id. `place` is a file or an address with https."""
    try:
        keys = {key["kid"]: _public_key(key) for key in json.loads(_content(place))["keys"] if key.get("crv") == "Ed25519"}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LoadError("OPTION_INVALID", f"The keys {place} of --keys cannot be read: {error}. It must be a JWKS, such as "
                        "/.well-known/tidemark-keys.json of the API.") from error
    if not keys:
        raise LoadError("OPTION_INVALID", f"The JWKS {place} of --keys has no Ed25519 key, so the operator signs nothing. Leave --keys out.")
    return keys


def _content(place: str) -> bytes:
    if "://" not in place:
        return Path(place).read_bytes()
    parts = urlsplit(place)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        raise LoadError("OPTION_INVALID", f"The keys {place} of --keys would come unprotected. Use https, or a file.")
    with urllib.request.urlopen(place, timeout=30) as answer:
        return bytes(answer.read(1 << 20))


def _public_key(key: Mapping[str, Any]) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(_decoded(key["x"]))


def verify(jws: bytes, signed: bytes, keys: Keys, path: str) -> None:
    """Raises SignatureMismatch where the signature is not one of `signed`, and LoadError where it cannot be one."""
    header_text, _, rest = jws.decode("ascii", "replace").strip().partition(".")
    payload, _, signature = rest.partition(".")
    try:
        header = json.loads(_decoded(header_text))
        if payload != "" or header["alg"] != "EdDSA" or "crit" in header:
            raise ValueError("it is not a detached EdDSA signature")
        key = keys.get(header["kid"])
        signature_bytes = _decoded(signature)
    except (ValueError, KeyError, TypeError) as error:
        raise _invalid(path, f"the form of the signature is unknown ({error})") from error
    if key is None:
        raise _invalid(path, f"it is signed with the key {header['kid']}, which --keys does not have")
    try:
        key.verify(signature_bytes, f"{header_text}.{_encoded(signed)}".encode("ascii"))
    except InvalidSignature as error:
        raise SignatureMismatch(path) from error


def mismatch(path: str) -> LoadError:
    return _invalid(path, "the signature does not match the manifest")


def _invalid(path: str, reason: str) -> LoadError:
    return LoadError("SIGNATURE_INVALID", f"The signature {path}.jws is not accepted: {reason}. Nothing of the day was loaded. Read the "
                     "keys again from the operator; if it stays like this, report it to the operator.")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
