"""Postgres 14 or later, with psycopg 3. The files go into the server by COPY, as they are."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

from ..content import Content
from ..errors import LoadError
from ..manifest import Delivery, Field
from .base import ARRIVING, STATE, Store, literal, quoted

try:
    import psycopg
    from psycopg.rows import tuple_row
except ImportError as missing:
    raise LoadError("PACKAGE_MISSING", "psycopg is not installed. Run `pip install 'tidemark-load[postgres]'`.") from missing

# Types that every Postgres has, as format_type prints them. An enum or a type of an extension becomes text.
_BUILT_IN = re.compile(
    r"(text|name|uuid|boolean|date|jsonb?|xml|bytea|smallint|integer|bigint|real|double precision|interval|inet|cidr|macaddr8?"
    r"|(int[48]|num|ts|tstz|date)(multi)?range|(numeric|character|character varying|bit|bit varying)(\([0-9,-]+\))?"
    r"|time(stamp)?(\([0-6]\))? with(out)? time zone)(\[\])?"
)
_BY_TYPE = {"integer": "bigint", "number": "numeric", "boolean": "boolean", "date": "date"}
_CHUNK = 1 << 18
# The first number of the advisory lock; the second one is that of the schema.
_LOCK = 794_390_246


class PostgresStore(Store):
    text_type = "text"
    mark = "%s"

    def __init__(self, url: str, schema: str, deletes: str) -> None:
        super().__init__(deletes)
        self._schema = schema
        try:
            self._connection = psycopg.connect(url, autocommit=True, row_factory=tuple_row, application_name="tidemark-load", connect_timeout=30)
        except psycopg.Error as error:
            # The message names host, port and user, and never the password.
            raise LoadError("STORE_FAILED", f"Postgres cannot be reached: {str(error).strip()}. Check --to.") from error
        self.execute("SET client_encoding = 'UTF8'")
        self.execute("SET TimeZone = 'UTC'")
        self.execute("SET DateStyle = 'ISO'")
        self.execute("SET client_min_messages = 'warning'")
        [(is_free,)] = self.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK, schema))
        if not is_free:
            raise LoadError("LOADER_RUNNING", f"Another tidemark-load writes to the schema {schema}. Wait for its end.")
        if not self.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)):
            self.execute(f"CREATE SCHEMA {quoted(schema)}")
        if not self.column_types(STATE):
            self.make_state()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            # Without values, a percent sign is a percent sign.
            cursor = self._connection.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise _failure(error) from error

    def rollback(self) -> None:
        try:
            self._connection.execute("ROLLBACK")
        except psycopg.Error:
            pass  # The connection has ended, and with it the transaction.

    def close(self) -> None:
        self._connection.close()

    def table(self, name: str) -> str:
        return f"{quoted(self._schema)}.{quoted(name)}"

    def column_types(self, table: str) -> dict[str, str]:
        return dict(
            self.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                (self.table(table),),
            )
        )

    def type_of(self, field: Field) -> str:
        source = field.source_type or ""
        if _BUILT_IN.fullmatch(source):
            return source
        return _BY_TYPE.get(field.type, "text") if not field.irregular else "text"

    def copy(self, delivery: Delivery, contents: Sequence[Content]) -> None:
        header = "match" if self._connection.info.server_version >= 150_000 else "true"
        sql = f"COPY {ARRIVING} FROM STDIN (FORMAT csv, HEADER {header}, DELIMITER {literal(delivery.delimiter)}, ENCODING 'UTF8')"
        try:
            for content in contents:
                with content.open() as stream, self._connection.cursor().copy(sql) as copy:
                    while chunk := stream.read(_CHUNK):
                        copy.write(chunk)
        except psycopg.Error as error:
            raise _failure(error) from error

    def converted(self, expression: str, type_: str) -> str:
        return expression if type_ == "text" else f"CAST({expression} AS {type_})"

    def become_text(self, table: str, column: str, type_: str) -> None:
        name = quoted(column)
        value = f"{name}::text"
        if type_.startswith("timestamp"):
            value = f"replace(regexp_replace({value}, '\\+00$', 'Z'), ' ', 'T')"
        self.execute(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE text USING {value}")

    def delete_arriving_keys(self, table: str, keys: Mapping[str, str]) -> None:
        condition = " AND ".join(f"t.{quoted(name)} = {value}" for name, value in keys.items())
        self.execute(f"ANALYZE {ARRIVING}")
        self.execute(f"DELETE FROM {table} AS t USING {ARRIVING} AS a WHERE {condition}")


def _failure(error: psycopg.Error) -> LoadError:
    state = error.sqlstate or "08006"
    if state.startswith("22"):
        # The message has the value.
        return LoadError("CONTENT_INVALID", f"Postgres cannot convert a value to the type of its column ({state}). Load with --from-scratch "
                         "after a full load, or report it to the operator of the platform.")
    message = error.diag.message_primary or str(error).strip()
    return LoadError("STORE_FAILED", f"Postgres reports: {message} ({state}). The transaction was rolled back. "
                     "If a view depends on a table whose columns changed, drop the view and run tidemark-load again.")
