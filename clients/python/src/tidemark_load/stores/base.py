"""
What all stores have in common: a step and the note of it in one transaction.

A file is first copied into the temporary table `_tidemark_arriving`, whose columns are all text. From there it goes into
the table of the entity, with the types of that table.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, Iterator, Mapping, Sequence

from ..chain import Loaded, Step
from ..content import Content
from ..csv_reader import read_rows
from ..errors import LoadError
from ..manifest import Delivery, Field

ARRIVING = "_tidemark_arriving"
STATE = "_tidemark_state"
STATE_COLUMNS = (
    *("entity", "sequence", "revision", "schema_version", "hash", "day", "change"),
    *("mode", "published_at", "primary_key", "tenant", "loaded_at"),
)
_STATE_TABLE = (
    "entity TEXT NOT NULL, sequence BIGINT NOT NULL, revision BIGINT NOT NULL, schema_version BIGINT NOT NULL, hash TEXT NOT NULL, "
    "day TEXT NOT NULL, change BIGINT NOT NULL, mode TEXT NOT NULL, published_at TEXT NOT NULL, primary_key TEXT NOT NULL, "
    "tenant TEXT NOT NULL, loaded_at TEXT NOT NULL"
)
# The `'` of escapeFormulas, for databases that have regexp_replace.
UNESCAPED = r"regexp_replace({}, '^''(''*[-=+@\t\r＝＋－＠])', '\1')"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Store(ABC):
    # The type of text columns.
    text_type = "TEXT"
    # Whether values with a `'` of escapeFormulas are corrected while they are copied into the temporary table.
    unescapes_while_copying = False
    # The character between parameters of a statement.
    mark = "?"

    def __init__(self, deletes: str) -> None:
        self._deletes = deletes

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of the answer. Raises LoadError."""

    @abstractmethod
    def table(self, name: str) -> str:
        """The quoted name of a table that stays."""

    @abstractmethod
    def column_types(self, table: str) -> dict[str, str]:
        """The types of a table's columns, as the database prints them; empty if there is no such table."""

    @abstractmethod
    def type_of(self, field: Field) -> str:
        """The type of a column, as the database prints it."""

    @abstractmethod
    def copy(self, delivery: Delivery, contents: Sequence[Content]) -> None:
        """Copies the CSV into the temporary table."""

    @abstractmethod
    def converted(self, expression: str, type_: str) -> str:
        """The text of an expression as a value of a type."""

    @abstractmethod
    def become_text(self, table: str, column: str, type_: str) -> None:
        """Makes a column text, with the values in the form that they have in files."""

    @abstractmethod
    def delete_arriving_keys(self, table: str, keys: Mapping[str, str]) -> None:
        """Deletes the rows whose key is in the temporary table. `keys` gives the expression of each column there."""

    def begin(self) -> None:
        self.execute("BEGIN")

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        self.execute("ROLLBACK")

    def finish(self, entity: str) -> None:
        """Called after the last step of an entity in a run."""

    def close(self) -> None: ...

    @property
    def primary_keys(self) -> bool:
        """Whether tables get a primary key."""
        return True

    def make_state(self) -> None:
        self.execute(f"CREATE TABLE IF NOT EXISTS {self.table(STATE)} ({_STATE_TABLE})")

    def tenants(self) -> list[str]:
        return [row[0] for row in self.execute(f"SELECT DISTINCT tenant FROM {self.table(STATE)}")]

    def loaded(self, entity: str) -> dict[int, Loaded]:
        rows = self.execute(
            f"SELECT sequence, revision, hash, published_at, primary_key FROM {self.table(STATE)} WHERE entity = {self.mark}", (entity,)
        )
        return {int(row[0]): Loaded(int(row[0]), int(row[1]), row[2], row[3], tuple(json.loads(row[4]))) for row in rows}

    def apply(self, step: Step, contents: Sequence[Content], tenant: str, basis: Mapping[int, Loaded]) -> None:
        """One step and the note of it, or nothing. `basis` is what the plan was made from."""
        with self.transaction():
            if self.loaded(step.delivery.entity) != dict(basis):
                raise LoadError("LOADER_RUNNING", f"Another tidemark-load has just loaded {step.delivery.entity}. Wait for its end.")
            key = step.delivery.primary_key or next((each.primary_key for each in basis.values() if each.primary_key), ())
            if step.action != "note":
                self._load(step, contents, key, self._known_key(basis))
            self._remember(step, tenant, key)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.begin()
        try:
            yield
        except BaseException:
            self.rollback()
            raise
        self.commit()

    @staticmethod
    def _known_key(basis: Mapping[int, Loaded]) -> tuple[str, ...]:
        return basis[max(basis)].primary_key if basis else ()

    def _load(self, step: Step, contents: Sequence[Content], key: tuple[str, ...], known_key: tuple[str, ...]) -> None:
        delivery = step.delivery
        fields = [field for field in delivery.fields if field.name != delivery.change_column]
        self._copy_all(delivery, contents)
        table = self.table(delivery.entity)
        types = {field.name: self.type_of(field) for field in fields}
        existing = self.column_types(delivery.entity)
        if step.action == "replace":
            if existing != types or key != known_key:
                self.execute(f"DROP TABLE IF EXISTS {table}")
                self._create(table, types, key)
            else:
                self.execute(f"DELETE FROM {table}")
        else:
            if not key:
                raise LoadError("KEY_MISSING", f"{delivery.entity}: the manifest names no key, so a delta cannot be merged. Register the columns of the key.")
            types = self._matched(table, existing, types)
            self.delete_arriving_keys(table, {name: self._value(delivery, name, types[name]) for name in key})
        self._insert(delivery, table, types)

    def _copy_all(self, delivery: Delivery, contents: Sequence[Content]) -> None:
        columns = ", ".join(f"{quoted(name)} {self.text_type}" for name in delivery.columns)
        self.execute(f"DROP TABLE IF EXISTS {ARRIVING}")
        self.execute(f"CREATE TEMPORARY TABLE {ARRIVING} ({columns})")
        for content in contents:
            check_header(delivery, content)
        self.copy(delivery, contents)
        [(count,)] = self.execute(f"SELECT count(*) FROM {ARRIVING}")
        if count != delivery.rows:
            raise LoadError(
                "CONTENT_INVALID",
                f"{delivery.entity}: file {delivery.sequence} has {count} rows, and its manifest says {delivery.rows}. Nothing was loaded. "
                "Report it to the operator of the platform.",
            )

    def _create(self, table: str, types: Mapping[str, str], key: tuple[str, ...]) -> None:
        columns = [f"{quoted(name)} {type_}" for name, type_ in types.items()]
        if key and self.primary_keys:
            columns.append(f"PRIMARY KEY ({', '.join(map(quoted, key))})")
        self.execute(f"CREATE TABLE {table} ({', '.join(columns)})")

    def _matched(self, table: str, existing: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
        """Adds new columns to a table. A column whose type has changed becomes text."""
        types = {}
        for name, type_ in wanted.items():
            known = existing.get(name)
            if known is None:
                self.execute(f"ALTER TABLE {table} ADD COLUMN {quoted(name)} {type_}")
            elif known not in (type_, self.text_type):
                self.become_text(table, name, known)
            types[name] = type_ if known in (None, type_) else self.text_type
        return types

    def _insert(self, delivery: Delivery, table: str, types: Mapping[str, str]) -> None:
        names = ", ".join(map(quoted, types))
        values = ", ".join(self._value(delivery, name, type_) for name, type_ in types.items())
        kept = []
        if self._deletes == "delete":
            if delivery.deleted_column is not None:
                kept.append(f"coalesce(a.{quoted(delivery.deleted_column)}, '') <> 'true'")
            if delivery.change_column is not None:
                kept.append(f"coalesce(a.{quoted(delivery.change_column)}, '') <> 'D'")
        condition = f" WHERE {' AND '.join(kept)}" if kept else ""
        self.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {ARRIVING} a{condition}")

    def _value(self, delivery: Delivery, name: str, type_: str) -> str:
        column = f"a.{quoted(name)}"
        if delivery.escaped_formulas and not self.unescapes_while_copying:
            column = UNESCAPED.format(column)
        return self.converted(column, type_)

    def _remember(self, step: Step, tenant: str, key: tuple[str, ...]) -> None:
        delivery, state = step.delivery, self.table(STATE)
        if step.action == "replace":
            self.execute(f"DELETE FROM {state} WHERE entity = {self.mark}", (delivery.entity,))
        else:
            self.execute(f"DELETE FROM {state} WHERE entity = {self.mark} AND sequence = {self.mark}", (delivery.entity, delivery.sequence))
        row = (
            *(delivery.entity, delivery.sequence, delivery.revision, delivery.schema_version, delivery.hash, delivery.day, delivery.change),
            *(delivery.mode, delivery.published_at, json.dumps(list(key)), tenant),
            datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        )
        marks = ", ".join([self.mark] * len(row))
        self.execute(f"INSERT INTO {state} ({', '.join(STATE_COLUMNS)}) VALUES ({marks})", row)


def check_header(delivery: Delivery, content: Content) -> None:
    with content.open() as stream:
        header = next(read_rows(stream, delivery.delimiter, delivery.line_end, content.name), None)
    if header != list(delivery.columns):
        raise LoadError("CONTENT_INVALID", f"{content.name} does not have the columns of its manifest. Nothing was loaded. Report it to the "
                        "operator of the platform.")
