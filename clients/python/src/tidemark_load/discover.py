"""Which days are on the server. A server that writes `index.json` names them there; otherwise the folders are listed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field

from .errors import LoadError
from .manifest import Delivery, Manifest, parse_manifest
from .sources import Source
from .work import Work

MANIFEST = "datapackage.json"


@dataclass
class Day:
    """A day with a manifest. `folder` is below the tenant's: `2026/11/24`."""

    folder: str
    content: bytes
    manifest: Manifest

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Days:
    # How they were found: `index` or `folders`.
    by: str
    days: dict[str, Day] = field(default_factory=dict)
    # Days whose manifest is withdrawn, because a run replaces their files.
    withdrawn: list[str] = field(default_factory=list)

    def deliveries(self, entity: str) -> list[Delivery]:
        return [each for day in self.days.values() for each in day.manifest.deliveries if each.entity == entity]

    def entities(self) -> list[str]:
        return sorted({each.entity for day in self.days.values() for each in day.manifest.deliveries})

    def day_of(self, delivery: Delivery) -> Day:
        return self.days[delivery.day]


def find_root(source: Source, tenant: str | None) -> str:
    """The folder of the tenant. `--from` can be that folder, the one that has `exports`, or `exports` itself."""
    try:
        base = "exports" if "exports" in source.names("") else ""
        names = [name for name in source.names(base) if not name.startswith(".")]
    except FileNotFoundError as error:
        raise LoadError("NOT_FOUND", "The folder of --from does not exist on the server. Correct --from.") from error
    if any(re.fullmatch(r"\d{4}", name) for name in names) or "index.json" in names:
        return base
    if tenant is not None:
        if tenant not in names:
            raise LoadError("NOT_FOUND", f"There is no folder of the tenant {tenant}. Correct --tenant or --from.")
        return _joined(base, tenant)
    if len(names) != 1:
        raise LoadError("NOT_FOUND", f"--from has the folders of {len(names)} tenants. Choose one with --tenant.")
    return _joined(base, names[0])


def discover(source: Source, root: str, work: Work) -> Days:
    try:
        index = json.loads(source.read(_joined(root, "index.json")))
        named = [(each["day"], each.get("sha256"), int(each.get("change", 0))) for each in index["days"] if not each.get("removed")]
    except FileNotFoundError:
        return _by_folders(source, root)
    except (ValueError, KeyError, TypeError) as error:
        raise LoadError("MANIFEST_INVALID", f"The file index.json cannot be read: {error!r}. Update tidemark-load.") from error
    found = Days("index")
    for day, sha256, change in named:
        folder = _folder(day)
        content = work.manifest(sha256) if sha256 else None
        if content is None:
            content = _read(source, root, folder)
            if content is not None:
                work.keep_manifest(content)
        _add(found, folder, content, change)
    work.keep_only({day.sha256 for day in found.days.values()})
    return found


def _by_folders(source: Source, root: str) -> Days:
    found = Days("folders")
    for year in _numbers(source, root, r"\d{4}"):
        for month in _numbers(source, _joined(root, year), r"\d\d"):
            for day in _numbers(source, _joined(root, year, month), r"\d\d"):
                folder = f"{year}/{month}/{day}"
                content = _read(source, root, folder)
                if content is not None or _has_files(source, _joined(root, folder)):
                    _add(found, folder, content, 0)
    return found


def _add(found: Days, folder: str, content: bytes | None, change: int) -> None:
    day = folder.replace("/", "-")
    if content is None:
        found.withdrawn.append(day)
        return
    manifest = parse_manifest(content, folder, change)
    if manifest.day != day:
        raise LoadError("MANIFEST_INVALID", f"The manifest in {folder} is that of {manifest.day}. Ask the operator of the platform.")
    found.days[day] = Day(folder, content, manifest)


def _read(source: Source, root: str, folder: str) -> bytes | None:
    try:
        return source.read(_joined(root, folder, MANIFEST))
    except FileNotFoundError:
        return None


def _has_files(source: Source, folder: str) -> bool:
    """Folders that were emptied stay on some servers."""
    try:
        return any(source.names(_joined(folder, name)) for name in source.names(folder) if "." not in name)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _numbers(source: Source, folder: str, pattern: str) -> list[str]:
    try:
        return [name for name in source.names(folder) if re.fullmatch(pattern, name)]
    except FileNotFoundError:
        return []


def _folder(day: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise LoadError("MANIFEST_INVALID", f"index.json has the day {day!r}. Update tidemark-load.")
    return day.replace("-", "/")


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)
