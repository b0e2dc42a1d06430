"""Where the rows go. `--to` chooses: duckdb:file, sqlite:file, postgresql://…, parquet:folder."""

from __future__ import annotations

from pathlib import Path

from ..errors import LoadError
from .base import Store

__all__ = ["Store", "open_store"]


def open_store(target: str, schema: str | None, deletes: str, work: Path) -> Store:
    if target.startswith(("postgresql://", "postgres://")):
        from .postgres import PostgresStore

        return PostgresStore(target, schema or "public", deletes)
    kind, _, place = target.partition(":")
    if place == "" or kind not in ("duckdb", "sqlite", "parquet"):
        raise LoadError("OPTION_INVALID", "--to is none of duckdb:FILE, sqlite:FILE, postgresql://…, parquet:FOLDER.")
    if kind == "duckdb":
        from .duckdb import DuckDbStore

        return DuckDbStore(place, schema or "main", deletes)
    if schema is not None:
        raise LoadError("OPTION_INVALID", f"--schema is for Postgres and DuckDB. {kind} has no schemas: leave it out.")
    if kind == "sqlite":
        from .sqlite import SqliteStore

        return SqliteStore(place, deletes)
    from .parquet import ParquetStore

    return ParquetStore(Path(place), deletes, work)
