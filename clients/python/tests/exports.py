"""Writes days of an export into a folder, as Tidemark does."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any, Callable, Sequence

from tidemark_load.manifest import Delivery, Field, File

FIELDS = (
    {"name": "code", "type": "string", "sourceType": "text"},
    {"name": "name", "type": "string", "sourceType": "text"},
    {"name": "amount", "type": "number", "sourceType": "numeric(12,2)", "precision": 12, "scale": 2},
    {"name": "is_deleted", "type": "boolean", "sourceType": "boolean"},
    {"name": "updated_at", "type": "datetime", "format": "any", "sourceType": "timestamp with time zone"},
)
COMPRESS: dict[str | None, Callable[[bytes], bytes]] = {
    None: lambda content: content,
    "gz": gzip.compress,
    "zst": lambda content: subprocess.run(["zstd", "-qc"], input=content, capture_output=True, check=True).stdout,
}


def row(code: str, name: str | None = "a name", amount: str | None = "1.50", deleted: bool = False) -> list[str | None]:
    return [code, name, amount, "true" if deleted else "false", "2026-11-23T09:30:00.123456Z"]


def csv_of(columns: Sequence[str], rows: Sequence[Sequence[str | None]], delimiter: str = ",", quote_all: bool = False, line_end: str = "\n") -> bytes:
    def value(text: str | None) -> str:
        if text is None:
            return ""
        needs = quote_all or text == "" or any(character in text for character in ('"', delimiter, "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    lines = [delimiter.join(value(each) for each in line) + line_end for line in [list(columns), *rows]]
    return "".join(lines).encode()


class Export:
    """The folder of a tenant. `at` counts the publications."""

    def __init__(self, root: Path, tenant: str = "acme") -> None:
        self.root = root
        self.tenant = tenant
        self.folder = root / "exports" / tenant
        self.days: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self.at = 0

    def publish(
        self, day: str, sequence: int, previous: int | None, rows: Sequence[Sequence[str | None]], *, entity: str = "thing", revision: int = 1,
        redelivered: bool = False, fields: Sequence[dict[str, Any]] = FIELDS, compression: str | None = None, parts: int = 1, delimiter: str = ",",
        quote_all: bool = False, line_end: str = "\n", key: Sequence[str] = ("code",), more: dict[str, Any] | None = None, mode: str | None = None,
    ) -> None:
        self.at += 1
        folder = self.folder / day.replace("-", "/")
        columns = [field["name"] for field in fields]
        resources = []
        for part in range(parts):
            extension = {"gz": ".gz", "zst": ".zst"}.get(compression or "", "")
            number = f".{part + 1:04}" if parts > 1 else ""
            path = f"{entity}/{entity}{number}.csv{extension}"
            some = rows[part::parts]
            content = COMPRESS[compression](csv_of(columns, some, delimiter, quote_all, line_end))
            (folder / entity).mkdir(parents=True, exist_ok=True)
            temporary = folder / f"{path}.part"
            temporary.write_bytes(content)
            temporary.replace(folder / path)
            resources.append({
                "name": entity, "path": path, "bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
                "dialect": {"delimiter": delimiter, "lineTerminator": line_end, "quoteChar": '"', "doubleQuote": True, "header": True},
                "schema": {"fields": list(fields), "missingValues": [""], **({"primaryKey": list(key)} if key else {})},
                "entity": entity, "rows": len(some), "mode": mode or ("full" if previous is None else "delta"), "revision": revision,
                "sequence": sequence, "previous": previous, "schemaVersion": 1, "redelivered": redelivered,
                "publishedAt": f"2026-11-24T00:{self.at // 60:02}:{self.at % 60:02}.000Z",
                **({"compression": compression} if compression else {}), **({"part": part + 1, "parts": parts} if parts > 1 else {}),
                **(more or {}),
            })
        self.days.setdefault(day, {})[entity] = resources
        self.write_manifest(day)

    def write_manifest(self, day: str) -> bytes:
        resources = [resource for each in self.days[day].values() for resource in each]
        package = {"tenantId": self.tenant, "day": day, "revision": self.at, "resources": resources}
        content = json.dumps(package).encode()
        (self.folder / day.replace("-", "/") / "datapackage.json").write_bytes(content)
        return content

    def manifest(self, day: str) -> Path:
        return self.folder / day.replace("-", "/") / "datapackage.json"

    def write_index(self) -> None:
        days = [
            {"day": day, "manifest": "-", "revision": 1, "change": number, "bytes": 1, "sha256": hashlib.sha256(self.manifest(day).read_bytes()).hexdigest()}
            for number, day in enumerate(sorted(self.days), start=1)
        ]
        (self.folder / "index.json").write_text(json.dumps({"version": 1, "tenantId": self.tenant, "days": days}))


def delivery(sequence: int, previous: int | None, *, revision: int = 1, published: int | None = None, redelivered: bool = False, full: bool = False, hash_: str = "0") -> Delivery:
    return Delivery(
        entity="thing", day=f"2026-11-{sequence % 28 + 1:02}", sequence=sequence, revision=revision, previous=previous,
        mode="full" if full else "delta", redelivered=redelivered, schema_version=1,
        published_at=f"{published if published is not None else sequence:010}", rows=0, fields=(Field("code", "string"),), primary_key=("code",),
        delimiter=",", line_end="\n", escaped_formulas=False, files=(File("path", 1, f"sha256:{hash_ * 64}", None),),
    )
