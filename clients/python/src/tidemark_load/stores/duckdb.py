"""DuckDB. Tables have no primary key, since DuckDB cannot alter a table that has one; merging by key keeps rows unique."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..content import Content
from ..errors import LoadError
from ..manifest import Delivery, Field
from .base import ARRIVING, Store, literal, quoted

try:
    import duckdb
except ImportError as missing:
    raise LoadError("PACKAGE_MISSING", "DuckDB is not installed. Run `pip install 'tidemark-load[duckdb]'`.") from missing

_TYPES = {
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "bytea": "BLOB",
    "boolean": "BOOLEAN",
    "date": "DATE",
}
_COMPRESSIONS = {None: "none", "gz": "gzip", "zst": "zstd"}
_MAX_PRECISION = 38
# DuckDB refuses longer records. It holds a few buffers of this size.
_LONG_RECORD = 64 << 20


class DuckDbStore(Store):
    text_type = "VARCHAR"

    def __init__(self, path: str, schema: str, deletes: str) -> None:
        super().__init__(deletes)
        self._schema = schema
        try:
            self._connection = duckdb.connect(path)
        except duckdb.Error as error:
            code = "LOADER_RUNNING" if "lock" in str(error).lower() else "STORE_FAILED"
            raise LoadError(code, f"DuckDB cannot open {path}: {_first_line(error)}. Only one program can write to it at a time.") from error
        self._use_utc()
        if schema != "main":
            self.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        self.make_state()

    def _use_utc(self) -> None:
        try:
            self._connection.execute("SET TimeZone = 'UTC'")
        except duckdb.Error:
            pass  # A build without time zones is in UTC.

    @property
    def primary_keys(self) -> bool:
        return False

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, list(values)).fetchall()
        except duckdb.ConversionException as error:
            # Its message has the value.
            raise LoadError("CONTENT_INVALID", "DuckDB cannot convert a value to the type of its column. Load with --from-scratch "
                            "after a full load, or report it to the operator of the platform.") from error
        except duckdb.Error as error:
            raise LoadError("STORE_FAILED", f"DuckDB reports: {_first_line(error)}. The transaction was rolled back.") from error

    def rollback(self) -> None:
        try:
            self._connection.execute("ROLLBACK")
        except duckdb.Error:
            pass  # Some errors end the transaction already.

    def close(self) -> None:
        self._connection.close()

    def table(self, name: str) -> str:
        return f"{quoted(self._schema)}.{quoted(name)}"

    def column_types(self, table: str) -> dict[str, str]:
        return dict(
            self.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = ? "
                "AND table_name = ? ORDER BY column_index",
                (self._schema, table),
            )
        )

    def type_of(self, field: Field) -> str:
        if field.irregular:
            return self.text_type
        source = field.source_type or ""
        if field.type == "number" and field.precision is not None and field.scale is not None:
            fits = 0 < field.precision <= _MAX_PRECISION and 0 <= field.scale <= field.precision
            return f"DECIMAL({field.precision},{field.scale})" if fits else self.text_type
        if field.type == "datetime":
            return _moment(source)
        if field.type == "time" and "with time zone" not in source:
            return "TIME"
        if field.media_type == "application/json":
            return "JSON"
        by_type = {"integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE"}
        return _TYPES.get(source) or by_type.get(field.type, self.text_type)

    def copy(self, delivery: Delivery, contents: Sequence[Content]) -> None:
        for content in contents:
            try:
                self._read(delivery, content, "")
            except duckdb.Error as error:
                if "max_line_size" not in str(error) and "line size" not in str(error).lower():
                    raise _unreadable(content, error) from error
                self._read_long(delivery, content)

    def _read_long(self, delivery: Delivery, content: Content) -> None:
        try:
            self._read(delivery, content, f", max_line_size = {_LONG_RECORD}, buffer_size = {2 * _LONG_RECORD}")
        except duckdb.Error as error:
            raise _unreadable(content, error) from error

    def _read(self, delivery: Delivery, content: Content, more: str) -> None:
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in delivery.columns)
        line_end = "\\r\\n" if delivery.line_end == "\r\n" else "\\n"
        self._connection.execute(
            f"INSERT INTO {ARRIVING} SELECT * FROM read_csv({literal(str(content.path))}, auto_detect = false, header = true, "
            f"columns = {{{columns}}}, delim = {literal(delivery.delimiter)}, quote = '\"', escape = '\"', nullstr = '', "
            f"allow_quoted_nulls = false, compression = {literal(_COMPRESSIONS[content.compression])}, new_line = '{line_end}'{more})"
        )

    def converted(self, expression: str, type_: str) -> str:
        if type_ == self.text_type:
            return expression
        return f"unhex(substr({expression}, 3))" if type_ == "BLOB" else f"CAST({expression} AS {type_})"

    def become_text(self, table: str, column: str, type_: str) -> None:
        name = quoted(column)
        value = f"CAST({name} AS VARCHAR)"
        if type_ == "TIMESTAMP":
            value = f"replace({value}, ' ', 'T')"
        if type_ == "TIMESTAMP WITH TIME ZONE":
            value = f"replace(replace({value}, ' ', 'T'), '+00', 'Z')"
        if type_ == "BLOB":
            value = f"'\\x' || lower(hex({name}))"
        self.execute(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE VARCHAR USING {value}")

    def delete_arriving_keys(self, table: str, keys: Mapping[str, str]) -> None:
        condition = " AND ".join(f"t.{quoted(name)} = {value}" for name, value in keys.items())
        self.execute(f"DELETE FROM {table} AS t USING {ARRIVING} AS a WHERE {condition}")


def _moment(source: str) -> str:
    if source.startswith("timestamp") and source.endswith("with time zone"):
        return "TIMESTAMP WITH TIME ZONE"
    return "TIMESTAMP" if source.startswith("timestamp") else "VARCHAR"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")


def _unreadable(content: Content, error: Exception) -> LoadError:
    return LoadError("CONTENT_INVALID", f"DuckDB cannot read {content.name}: {type(error).__name__}. Nothing of the file was loaded. "
                     "Report it to the operator of the platform.")
