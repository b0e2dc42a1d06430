"""
Parquet: one file for each entity, `<entity>.parquet`, with its current rows.

A run reads the file of an entity into a DuckDB file in the work folder, applies its steps there, and writes a new file. A
rename replaces the old one, so readers see all of a run or nothing. The state is in the metadata of the same file, under
the key `tidemark_state`: rows and state cannot differ.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Mapping, Sequence

from ..chain import Loaded, Step
from ..content import Content
from ..work import lock_folder
from .base import STATE, STATE_COLUMNS, literal, quoted
from .duckdb import DuckDbStore

METADATA = "tidemark_state"


class ParquetStore(DuckDbStore):
    def __init__(self, folder: Path, deletes: str, work: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = lock_folder(folder)
        self._scratch = work / "parquet.duckdb"
        self._remove_scratch()
        self._changed: set[str] = set()
        super().__init__(str(self._scratch), "main", deletes)
        for path in folder.glob("*.parquet"):
            self._read_state(path)

    def close(self) -> None:
        super().close()
        self._remove_scratch()
        self._lock.close()

    def apply(self, step: Step, contents: Sequence[Content], tenant: str, basis: Mapping[int, Loaded]) -> None:
        entity = step.delivery.entity
        path = self._path(entity)
        if entity not in self._changed and path.exists() and step.action != "replace":
            self.execute(f"CREATE OR REPLACE TABLE {quoted(entity)} AS SELECT * FROM read_parquet({literal(str(path))})")
        self._changed.add(entity)
        super().apply(step, contents, tenant, basis)

    def finish(self, entity: str) -> None:
        if entity not in self._changed:
            return
        columns = ", ".join(STATE_COLUMNS)
        rows = self.execute(f"SELECT {columns} FROM {STATE} WHERE entity = ? ORDER BY sequence", (entity,))
        path = self._path(entity)
        temporary = path.with_name(f".{path.name}.part")
        if rows:
            state = json.dumps([dict(zip(STATE_COLUMNS, row)) for row in rows], ensure_ascii=True)
            metadata = f"{{{METADATA}: {literal(state)}}}"
            self.execute(
                f"COPY {quoted(entity)} TO {literal(str(temporary))} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {metadata})"
            )
            _sync(temporary)
            os.replace(temporary, path)
            _sync(self._folder)
        self._changed.discard(entity)
        self.execute(f"DROP TABLE IF EXISTS {quoted(entity)}")

    def _path(self, entity: str) -> Path:
        return self._folder / f"{entity}.parquet"

    def _read_state(self, path: Path) -> None:
        found = self.execute(
            f"SELECT decode(value) FROM parquet_kv_metadata({literal(str(path))}) WHERE decode(key) = ?", (METADATA,)
        )
        marks = ", ".join("?" * len(STATE_COLUMNS))
        for (state,) in found:
            for row in json.loads(state):
                values = tuple(row[name] for name in STATE_COLUMNS)
                self.execute(f"INSERT INTO {STATE} ({', '.join(STATE_COLUMNS)}) VALUES ({marks})", values)

    def _remove_scratch(self) -> None:
        for name in (self._scratch, self._scratch.with_name(f"{self._scratch.name}.wal")):
            name.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
