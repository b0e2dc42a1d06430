"""The program `tidemark-load`."""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
import traceback
from typing import Sequence

from . import __version__
from .errors import LoadError
from .load import Options, load
from .report import Reporter

EPILOG = """\
Environment: TIDEMARK_SFTP_PASSWORD and TIDEMARK_KEY_PASSPHRASE are secrets that no option takes. PGPASSWORD and ~/.pgpass work for
Postgres.

Exit codes: 0 everything is loaded; 1 an error of the program; 2 the options are wrong, or a package is missing; 3 files of the
chain are missing; 4 a signature, a checksum or the content of a file is wrong; 5 the server cannot be reached or used; 6 the
database refuses. With --watch, an error is reported and the next attempt follows.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.require_signature and options.keys is None:
        parser.error("--require-signature needs --keys")
    reporter = Reporter(options.json, options.quiet)
    signal.signal(signal.SIGTERM, _end)
    try:
        return _watch(options, reporter) if options.watch else _once(_options(options), reporter)
    except KeyboardInterrupt:
        return 130


def _watch(options: argparse.Namespace, reporter: Reporter) -> int:
    one = _options(options)
    while True:
        code = _once(one, reporter)
        if code == 2:
            return code
        # Only the first run is from scratch.
        one = Options(**{**one.__dict__, "from_scratch": False}) if code == 0 else one
        time.sleep(options.every)


def _once(options: Options, reporter: Reporter) -> int:
    try:
        return load(options, reporter).exit_code
    except LoadError as error:
        reporter.failed(error)
        return error.exit_code
    except Exception as error:
        traceback.print_exc()
        reporter.failed(LoadError("INTERNAL", f"tidemark-load failed: {error!r}. Nothing is half loaded. Report it with the lines above."))
        return 1


def _options(given: argparse.Namespace) -> Options:
    return Options(
        place=given.place,
        target=given.target,
        key=given.key,
        host_keys=given.host_key,
        tenant=given.tenant,
        entities=[name for names in given.entities for name in names.split(",") if name],
        schema=given.schema,
        deletes=given.deletes,
        keys=given.keys,
        require_signature=given.require_signature,
        from_scratch=given.from_scratch,
        work=given.work,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tidemark-load",
        description="Loads the files of a Tidemark export into DuckDB, SQLite, Postgres or Parquet.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--from", dest="place", required=True, metavar="PLACE", help="sftp://user@host:port/, or a folder with fetched files")
    add("--to", dest="target", required=True, metavar="TARGET", help="duckdb:FILE, sqlite:FILE, postgresql://…, or parquet:FOLDER")
    add("--key", metavar="FILE", help="your private SSH key")
    add("--host-key", action="append", default=[], metavar="SHA256:…", help="fingerprint of the server; repeat it for several keys")
    add("--tenant", help="the tenant, if PLACE has the folders of several")
    add("--entities", action="append", default=[], metavar="NAMES", help="internal names, separated by commas; all if left out")
    add("--schema", help="schema of the tables, for Postgres (public) and DuckDB (main)")
    add("--deletes", choices=["delete", "mark"], default="delete", help="what to do with deleted rows: delete (default), or keep with is_deleted")
    add("--keys", metavar="JWKS", help="file or https address of the operator's public keys, to verify signatures")
    add("--require-signature", action="store_true", help="refuse days without a signature")
    add("--from-scratch", action="store_true", help="load each entity again from its last full load on the server")
    add("--work", metavar="FOLDER", help="folder for files that are being fetched; below ~/.cache if left out")
    add("--watch", action="store_true", help="run again and again")
    add("--every", type=_duration, default=300, metavar="TIME", help="time between two runs: 30s, 5m (default), 1h")
    add("--json", action="store_true", help="write one JSON object for each event to stdout")
    add("--quiet", action="store_true", help="write only failures")
    add("--version", action="version", version=f"tidemark-load {__version__}")
    return parser


def _duration(text: str) -> float:
    match = re.fullmatch(r"(\d+)(s|m|h)", text)
    if not match or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a time such as 30s, 5m or 1h")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def _end(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
