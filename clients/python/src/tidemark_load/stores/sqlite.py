"""
SQLite, with the module of Python's standard library.

Integers are INTEGER, and `real` and `double precision` are REAL. Everything else that SQLite has no exact type for is TEXT,
in the form of the files: numeric, dates, times. `bytea` is BLOB.
"""

from __future__ import annotations

import math
import sqlite3
from typing import Any, Iterator, Mapping, Sequence

from ..content import Content
from ..csv_reader import Row, checked_rows
from ..errors import LoadError
from ..manifest import Delivery, Field
from .base import ARRIVING, Store, quoted

_FLOATS = ("real", "double precision")


class SqliteStore(Store):
    unescapes_while_copying = True

    def __init__(self, path: str, deletes: str) -> None:
        super().__init__(deletes)
        try:
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        except sqlite3.Error as error:
            raise LoadError("STORE_FAILED", f"SQLite cannot open {path}: {error}. Create the folder, or correct --to.") from error
        self._connection.create_function("tidemark_float", 1, _float, deterministic=True)
        self._connection.create_function("tidemark_bytes", 1, _bytes, deterministic=True)
        # Files of any size: the temporary table is on disk, not in memory.
        self.execute("PRAGMA temp_store = FILE")
        self.make_state()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise _failure(error) from error

    def begin(self) -> None:
        self.execute("BEGIN IMMEDIATE")

    def rollback(self) -> None:
        # Some errors end the transaction already.
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()

    def table(self, name: str) -> str:
        return f"main.{quoted(name)}"

    def column_types(self, table: str) -> dict[str, str]:
        return dict(self.execute("SELECT name, type FROM pragma_table_info(?)", (table,)))

    def type_of(self, field: Field) -> str:
        if field.type == "integer":
            return "INTEGER"
        if field.type == "boolean":
            return "BOOLEAN"
        if field.source_type in _FLOATS:
            return "REAL"
        return "BLOB" if field.source_type == "bytea" else "TEXT"

    def copy(self, delivery: Delivery, contents: Sequence[Content]) -> None:
        marks = ", ".join("?" * len(delivery.columns))
        try:
            for content in contents:
                with content.open() as stream:
                    self._connection.executemany(f"INSERT INTO {ARRIVING} VALUES ({marks})", _rows(delivery, content, stream))
        except sqlite3.Error as error:
            raise _failure(error) from error

    def converted(self, expression: str, type_: str) -> str:
        if type_ == "INTEGER":
            return f"CAST({expression} AS INTEGER)"
        if type_ == "BOOLEAN":
            return f"CASE {expression} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
        if type_ == "REAL":
            return f"tidemark_float({expression})"
        return f"tidemark_bytes({expression})" if type_ == "BLOB" else expression

    def become_text(self, table: str, column: str, type_: str) -> None:
        name, text = quoted(column), quoted(f"_tidemark_{column}")
        value = f"CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END" if type_ == "BOOLEAN" else f"CAST({name} AS TEXT)"
        if type_ == "BLOB":
            value = f"'\\x' || lower(hex({name}))"
        self.execute(f"ALTER TABLE {table} ADD COLUMN {text} TEXT")
        self.execute(f"UPDATE {table} SET {text} = {value} WHERE {name} IS NOT NULL")
        self.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
        self.execute(f"ALTER TABLE {table} RENAME COLUMN {text} TO {name}")

    def delete_arriving_keys(self, table: str, keys: Mapping[str, str]) -> None:
        names = ", ".join(map(quoted, keys))
        self.execute(f"DELETE FROM {table} WHERE ({names}) IN (SELECT {', '.join(keys.values())} FROM {ARRIVING} a)")


def _rows(delivery: Delivery, content: Content, stream: Any) -> Iterator[Row]:
    return checked_rows(stream, delivery.delimiter, delivery.line_end, delivery.columns, delivery.escaped_formulas, content.name)


def _float(text: str | None) -> float | str | None:
    """SQLite stores NaN as NULL, so it stays text. Python's conversion is exact, which that of SQLite need not be."""
    if text is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else text


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text.removeprefix("\\x"))


def _failure(error: sqlite3.Error) -> LoadError:
    if "locked" in str(error) or "busy" in str(error):
        return LoadError("LOADER_RUNNING", "The SQLite file is locked by another program. Wait for its end.")
    return LoadError("STORE_FAILED", f"SQLite reports: {error}. The transaction was rolled back.")
