"""The manifest of a day: `datapackage.json`, as Data Package v1 and v2."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from .errors import LoadError

DELIMITERS = (",", ";", "\t", "|")
LINE_ENDS = ("\n", "\r\n")
MODES = ("full", "delta")


@dataclass(frozen=True)
class Field:
    """A column of a file."""

    name: str
    type: str
    source_type: str | None = None
    precision: int | None = None
    scale: int | None = None
    media_type: str | None = None
    # The file has values that the type lacks, such as infinity. Then the type is `string`.
    irregular: bool = False


@dataclass(frozen=True)
class Content:
    """What decrypting a file gives."""

    bytes: int
    hash: str
    compression: str | None


@dataclass(frozen=True)
class File:
    """A file on the server: a delivery, or one of its file parts."""

    path: str
    bytes: int
    hash: str
    compression: str | None
    encrypted: Content | None = None


@dataclass(frozen=True)
class Delivery:
    """A published file of an entity, with all of its file parts."""

    entity: str
    day: str
    sequence: int
    revision: int
    previous: int | None
    mode: str
    redelivered: bool
    schema_version: int
    published_at: str
    rows: int
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    delimiter: str
    line_end: str
    escaped_formulas: bool
    files: tuple[File, ...]
    # The column that marks deleted rows, and the one that says I, U or D. None if the file lacks it.
    deleted_column: str | None = None
    change_column: str | None = None
    change: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def hash(self) -> str:
        """Of a file its hash. Of file parts the SHA-256 of their hexadecimal checksums, joined by line feeds."""
        if len(self.files) == 1:
            return self.files[0].hash
        joined = "\n".join(file.hash.removeprefix("sha256:") for file in self.files)
        return f"sha256:{hashlib.sha256(joined.encode()).hexdigest()}"


@dataclass(frozen=True)
class Manifest:
    tenant: str
    day: str
    revision: int
    deliveries: tuple[Delivery, ...]


def parse_manifest(text: bytes, folder: str, change: int = 0) -> Manifest:
    """`folder` is the day's folder below that of the tenant, such as `2026/11/24`."""
    try:
        package = json.loads(text)
        parts: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for resource in package["resources"]:
            # Other resources may come in later releases. Those without a sequence are no deliveries.
            if "sequence" in resource:
                parts.setdefault((resource["entity"], int(resource["sequence"])), []).append(resource)
        deliveries = tuple(_delivery(resources, package["day"], folder, change) for resources in parts.values())
        return Manifest(package["tenantId"], package["day"], int(package["revision"]), deliveries)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LoadError("MANIFEST_INVALID", f"The manifest {folder}/datapackage.json cannot be read: {error!r}. "
                        "Update tidemark-load, or ask the operator of the platform.") from error


def _delivery(resources: list[dict[str, Any]], day: str, folder: str, change: int) -> Delivery:
    resources = sorted(resources, key=lambda resource: resource.get("part", 1))
    first = resources[0]
    if len(resources) != first.get("parts", 1):
        raise ValueError(f"{first['entity']} has {len(resources)} of {first['parts']} file parts")
    fields = tuple(_field(field) for field in first["schema"]["fields"])
    dialect = first.get("dialect") or {}
    return Delivery(
        entity=_entity(first["entity"]),
        day=day,
        sequence=int(first["sequence"]),
        revision=int(first["revision"]),
        previous=first.get("previous"),
        mode=_one_of(MODES, first["mode"]),
        redelivered=bool(first.get("redelivered")),
        schema_version=int(first.get("schemaVersion", 1)),
        published_at=first["publishedAt"],
        rows=sum(int(resource["rows"]) for resource in resources),
        fields=fields,
        primary_key=tuple(first["schema"].get("primaryKey") or ()),
        delimiter=_one_of(DELIMITERS, dialect.get("delimiter", ",")),
        line_end=_one_of(LINE_ENDS, dialect.get("lineTerminator", "\n")),
        escaped_formulas=bool(first.get("escapedFormulas")),
        files=tuple(_file(resource, folder) for resource in resources),
        deleted_column=_meaning(first, "deletedColumn", _named(fields, "is_deleted", "boolean")),
        change_column=_meaning(first, "changeTypeColumn", _named(fields, "change_type", "string")),
        change=change,
    )


def _field(field: dict[str, Any]) -> Field:
    return Field(
        name=field["name"],
        type=field["type"],
        source_type=field.get("sourceType"),
        precision=_integer(field.get("precision")),
        scale=_integer(field.get("scale")),
        media_type=field.get("mediaType"),
        irregular=bool(field.get("irregular")),
    )


def _file(resource: dict[str, Any], folder: str) -> File:
    encryption = resource.get("encryption")
    content = encryption and encryption["content"]
    return File(
        path=f"{folder}/{_relative(resource['path'])}",
        bytes=int(resource["bytes"]),
        hash=_hash(resource["hash"]),
        compression=resource.get("compression"),
        encrypted=content and Content(int(content["bytes"]), _hash(content["hash"]), content.get("compression")),
    )


def _meaning(resource: dict[str, Any], key: str, otherwise: str | None) -> str | None:
    """What `tidemark` says of a column. Servers of earlier releases do not write it."""
    described = resource.get("tidemark")
    return described[key] if described and key in described else otherwise


def _named(fields: tuple[Field, ...], name: str, type_: str) -> str | None:
    return next((field.name for field in fields if field.name == name and field.type == type_), None)


def _entity(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name.startswith("_tidemark"):
        raise ValueError(f"the name {name!r} of an entity")
    return name


def _integer(value: Any) -> int | None:
    return None if value is None else int(value)


def _one_of(known: tuple[str, ...], value: str) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is none of {known}")
    return value


def _hash(value: str) -> str:
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", value):
        raise ValueError("a hash that is not SHA-256")
    return value


def _relative(path: str) -> str:
    """A path that leaves the folder of the day is refused."""
    if path.startswith("/") or "\\" in path or "\0" in path or ".." in path.split("/"):
        raise ValueError(f"the path {path!r}")
    return path
