"""Files over SFTP. Only pinned host keys are trusted."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Sequence
from urllib.parse import unquote, urlsplit

import paramiko

from ..errors import LoadError

PASSWORD = "TIDEMARK_SFTP_PASSWORD"
PASSPHRASE = "TIDEMARK_KEY_PASSPHRASE"
TIMEOUT_SECONDS = 30
CHUNK = 1 << 20
# Requests on their way at a time: enough for a long distance, and a bound for the memory.
REQUESTS = 128


def open_sftp(url: str, key: str | None, host_keys: Sequence[str]) -> SftpSource:
    parts = urlsplit(url)
    if parts.password is not None:
        raise LoadError("OPTION_INVALID", f"Other users of this machine can read a password in --from. Set {PASSWORD} instead.")
    if not parts.hostname or not parts.username:
        raise LoadError("OPTION_INVALID", "--from needs a user and a host: sftp://user@host:port/.")
    if not host_keys:
        raise LoadError("OPTION_INVALID", "--host-key is missing: the fingerprint of the server, such as SHA256:…, which sftpAccess of the API has.")
    password = os.environ.get(PASSWORD)
    if key is None and password is None:
        raise LoadError("OPTION_INVALID", f"--key is missing: the file of your private key. With a password, set {PASSWORD}.")
    server = f"{parts.hostname}:{parts.port or 22}"
    transport = _connect(parts.hostname, parts.port or 22, server)
    try:
        _check_host_key(transport, server, host_keys)
        _log_in(transport, server, unquote(parts.username), key, password)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        client.get_channel().settimeout(TIMEOUT_SECONDS)
        return SftpSource(transport, client, server, unquote(parts.path).strip("/"))
    except BaseException:
        transport.close()
        raise


def _connect(host: str, port: int, server: str) -> paramiko.Transport:
    try:
        transport = paramiko.Transport(socket.create_connection((host, port), TIMEOUT_SECONDS), default_window_size=1 << 26)
        transport.start_client(timeout=TIMEOUT_SECONDS)
        transport.set_keepalive(15)
        return transport
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise LoadError("CONNECTION_FAILED", f"The SFTP server {server} cannot be reached: {error}. Check host and port of --from.") from error


def _check_host_key(transport: paramiko.Transport, server: str, host_keys: Sequence[str]) -> None:
    digest = hashlib.sha256(transport.get_remote_server_key().asbytes()).digest()
    fingerprint = f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
    if fingerprint not in {host_key.rstrip("=") for host_key in host_keys}:
        raise LoadError(
            "HOST_KEY_MISMATCH",
            f"The SFTP server {server} presented the host key {fingerprint}, which --host-key does not name. Nothing was sent to it. "
            "Compare the fingerprint with sftpAccess of the API. If the change is intended, add it with --host-key.",
        )


def _log_in(transport: paramiko.Transport, server: str, user: str, key: str | None, password: str | None) -> None:
    try:
        if key is not None:
            transport.auth_publickey(user, _private_key(key))
        else:
            transport.auth_password(user, password or "")
    except paramiko.AuthenticationException as error:
        raise LoadError(
            "AUTHENTICATION_FAILED",
            f"The SFTP server {server} refused the login of {user}. Register the public key with addSftpKey, and check user and --key.",
        ) from error
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise LoadError("CONNECTION_FAILED", f"The SFTP server {server} ended the login: {error}. Run tidemark-load again.") from error


def _private_key(path: str) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key_file(path, os.environ.get(PASSPHRASE))
        except paramiko.PasswordRequiredException as error:
            raise LoadError("OPTION_INVALID", f"The key {path} has a passphrase. Set {PASSPHRASE}.") from error
        except OSError as error:
            raise LoadError("OPTION_INVALID", f"The file {path} of --key cannot be read: {error.strerror}.") from error
        except (paramiko.SSHException, ValueError, TypeError):
            continue  # It is a key of another kind.
    raise LoadError("OPTION_INVALID", f"The file {path} of --key is not a private key (Ed25519, ECDSA or RSA), or {PASSPHRASE} is wrong.")


class SftpSource:
    def __init__(self, transport: paramiko.Transport, client: paramiko.SFTPClient, server: str, root: str) -> None:
        self._transport = transport
        self._client = client
        self._server = server
        self._root = root

    def names(self, folder: str) -> list[str]:
        with self._failures():
            return sorted(self._client.listdir(self._path(folder)))

    def read(self, path: str) -> bytes:
        with self._failures(), self._client.open(self._path(path), "rb") as file:
            file.prefetch(max_concurrent_requests=REQUESTS)
            return bytes(file.read())

    def fetch(self, path: str, target: Path) -> None:
        with self._failures(), self._client.open(self._path(path), "rb") as file, target.open("ab") as copy:
            size = file.stat().st_size or 0
            if copy.tell() > size:
                copy.truncate(0)
                copy.seek(0)
            file.seek(copy.tell())
            file.prefetch(size, max_concurrent_requests=REQUESTS)
            while chunk := file.read(CHUNK):
                copy.write(chunk)

    def close(self) -> None:
        self._transport.close()

    def _path(self, path: str) -> str:
        return "/" + "/".join(part for part in (self._root, path) if part)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise LoadError(
                "CONNECTION_FAILED",
                f"The SFTP server {self._server} did not answer: {error or type(error).__name__}. Run tidemark-load again: it continues.",
            ) from error
