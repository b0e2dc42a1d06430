"""The errors of the loader. Each has a code, and a message that says what to do."""

from __future__ import annotations

# The exit code of the program for each error code. docs/how-to/load-into-a-database.md lists them.
EXIT_CODES = {
    "OPTION_INVALID": 2,
    "PACKAGE_MISSING": 2,
    "PROGRAM_MISSING": 2,
    "GAP": 3,
    "CHAIN_REPLACED": 3,
    "OTHER_TENANT": 3,
    "KEY_MISSING": 3,
    "SIGNATURE_INVALID": 4,
    "SIGNATURE_MISSING": 4,
    "MANIFEST_INVALID": 4,
    "FILES_CHANGING": 4,
    "CONTENT_INVALID": 4,
    "DECRYPTION_FAILED": 4,
    "CONNECTION_FAILED": 5,
    "AUTHENTICATION_FAILED": 5,
    "HOST_KEY_MISMATCH": 5,
    "NOT_FOUND": 5,
    "STORE_FAILED": 6,
    "LOADER_RUNNING": 6,
    "INTERNAL": 1,
}


class LoadError(Exception):
    """Ends a load, or the load of one entity."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.code]


class FilesChanged(Exception):
    """A file differs from its manifest, or is gone: a later revision came while the loader fetched. Read the manifests again."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
