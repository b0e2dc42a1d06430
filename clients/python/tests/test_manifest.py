from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exports import Export, row
from tidemark_load.errors import LoadError
from tidemark_load.manifest import parse_manifest

FOLDER = "2026/11/01"


def package(tmp_path: Path, **more: Any) -> dict[str, Any]:
    export = Export(tmp_path)
    export.publish("2026-11-01", 1, None, [row("a"), row("b"), row("c")], **more)
    found: dict[str, Any] = json.loads(export.manifest("2026-11-01").read_bytes())
    return found


def parsed(content: dict[str, Any]) -> Any:
    return parse_manifest(json.dumps(content).encode(), FOLDER)


def test_file_parts_are_one_delivery_in_their_order(tmp_path: Path) -> None:
    content = package(tmp_path, parts=3)
    content["resources"].reverse()
    [delivery] = parsed(content).deliveries
    assert [file.path[-8:] for file in delivery.files] == ["0001.csv", "0002.csv", "0003.csv"]
    assert (delivery.rows, delivery.hash.startswith("sha256:")) == (3, True)


def test_a_missing_file_part_is_refused(tmp_path: Path) -> None:
    content = package(tmp_path, parts=3)
    content["resources"].pop()
    with pytest.raises(LoadError, match="2 of 3 file parts"):
        parsed(content)


def test_the_meaning_of_columns_comes_from_the_manifest_if_it_says_so(tmp_path: Path) -> None:
    content = package(tmp_path, more={"tidemark": {"deletedColumn": "gone", "changeTypeColumn": None}})
    [delivery] = parsed(content).deliveries
    assert (delivery.deleted_column, delivery.change_column) == ("gone", None)
    [plain] = parsed(package(tmp_path)).deliveries
    assert plain.deleted_column == "is_deleted"


@pytest.mark.parametrize(
    "change",
    [
        {"path": "../../other/secret.csv"},
        {"path": "/etc/passwd"},
        {"entity": 'thing"; DROP TABLE x; --'},
        {"entity": "_tidemark_state"},
        {"hash": "md5:0"},
        {"mode": "replace"},
        {"dialect": {"delimiter": "x"}},
        {"schema": {"fields": [{"name": "a", "type": "number", "precision": "1); DROP TABLE x", "scale": 1}]}},
    ],
)
def test_a_manifest_that_tidemark_does_not_write_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    content = package(tmp_path)
    content["resources"][0].update(change)
    with pytest.raises(LoadError) as refused:
        parsed(content)
    assert refused.value.code == "MANIFEST_INVALID"
