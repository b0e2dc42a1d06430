"""Prints the rows of a table, each value as text in the form that it has in files: `python warehouse.py TARGET TABLE KEY…`."""

from __future__ import annotations

import json
import sqlite3
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]


def rows_of(target: str, table: str) -> Rows:
    if target.startswith("postgres"):
        return _postgres(target, table)
    kind, _, place = target.partition(":")
    if kind == "sqlite":
        connection = sqlite3.connect(place)
        cursor = connection.execute(f'SELECT * FROM "{table}"')
        types = dict(connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall())
        return [{column[0]: _text(value, types[column[0]]) for column, value in zip(cursor.description, row)} for row in cursor]
    return _duckdb(kind, place, table)


def _duckdb(kind: str, place: str, table: str) -> Rows:
    import duckdb

    connection = duckdb.connect(place if kind == "duckdb" else ":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    source = f'"{table}"' if kind == "duckdb" else f"read_parquet('{Path(place) / table}.parquet')"
    described = [(row[0], row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    values = ", ".join(f'lower(hex("{name}"))' if type_ == "BLOB" else f'CAST("{name}" AS VARCHAR)' for name, type_ in described)
    found = connection.execute(f"SELECT {values} FROM {source}").fetchall()
    connection.close()
    return [{name: _text(value, type_) for (name, type_), value in zip(described, row)} for row in found]


def _postgres(target: str, table: str) -> Rows:
    import psycopg

    with psycopg.connect(target, options="-c TimeZone=UTC") as connection:
        names = [row[0] for row in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped", (f'"{table}"',)
        )]
        types = dict(connection.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", (f'"{table}"',)
        ).fetchall())
        values = ", ".join(f'"{name}"::text' for name in names)
        found = connection.execute(f'SELECT {values} FROM "{table}"').fetchall()
    return [{name: _text(value, types[name].upper()) for name, value in zip(names, row)} for row in found]


def _text(value: Any, type_: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    text = str(value)
    if type_ == "BLOB":
        return f"\\x{text}"
    if type_ == "BOOLEAN":
        return {"1": "true", "0": "false"}.get(text, text)
    if type_.startswith("TIMESTAMP"):
        text = text.replace(" ", "T", 1)
        return text.removesuffix("+00") + "Z" if text.endswith("+00") else text
    if type_ in ("DOUBLE", "REAL", "FLOAT", "DOUBLE PRECISION"):
        return _number(text)
    return text


def _number(text: str) -> str:
    """Two programs print one double in different ways."""
    try:
        return format(Decimal(repr(float(text))).normalize(), "f")
    except (ArithmeticError, ValueError):
        return text


if __name__ == "__main__":
    target, *tables = sys.argv[1:]
    for table in tables:
        print(json.dumps({"table": table, "rows": rows_of(target, table)}))
