from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from exports import FIELDS, Export, row
from tidemark_load.load import Options, Summary, load
from tidemark_load.report import Reporter
from warehouse import rows_of

TARGETS = ["sqlite", "duckdb", "parquet"]
DAYS = [f"2026-11-{number:02}" for number in range(1, 29)]


class Case:
    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        self.target = f"{kind}:{folder / 'warehouse'}{'' if kind == 'parquet' else '.db'}"
        self.export = Export(folder / "server")
        self.events: list[dict[str, Any]] = []

    def load(self, **options: Any) -> Summary:
        out = io.StringIO()
        given = {"place": str(self.folder / "server"), "target": self.target, "work": str(self.folder / "work"), **options}
        try:
            return load(Options(**given), Reporter(True, out=out))
        finally:
            self.events = [json.loads(line) for line in out.getvalue().splitlines()]

    def names(self) -> dict[str, str | None]:
        return {each["code"]: each["name"] for each in rows_of(self.target, "thing")}

    def codes(self) -> list[str]:
        return [event["code"] for event in self.events if event["event"] == "failed"]


@pytest.fixture(params=TARGETS)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    if request.param != "sqlite":
        pytest.importorskip("duckdb")
    return Case(tmp_path, request.param)


def test_a_full_load_and_a_delta_keep_null_and_the_empty_string_apart(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a", None), row("b", ""), row("c", "NULL"), row("d", 'x"\n,y'), row("e", "gone", deleted=True)])
    assert case.load().files == 1
    assert case.names() == {"a": None, "b": "", "c": "NULL", "d": 'x"\n,y'}
    case.export.publish(DAYS[1], 2, 1, [row("a", ""), row("b", None), row("c", deleted=True), row("f")])
    assert case.load().rows == 4
    assert case.names() == {"a": "", "b": None, "d": 'x"\n,y', "f": "a name"}
    assert case.load().files == 0


def test_values_have_the_types_and_the_exact_form_of_the_manifest(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a", "x", "1234567890.10")])
    case.load()
    assert rows_of(case.target, "thing") == [
        {"code": "a", "name": "x", "amount": "1234567890.10", "is_deleted": "false", "updated_at": "2026-11-23T09:30:00.123456Z"}
    ]


@pytest.mark.parametrize(
    "form",
    [
        {"compression": "gz", "parts": 3},
        {"compression": "zst"},
        {"delimiter": ";", "quote_all": True},
        {"delimiter": "\t", "line_end": "\r\n"},
        {"parts": 2, "delimiter": "|"},
    ],
)
def test_every_form_of_file_gives_the_same_rows(case: Case, form: dict[str, Any]) -> None:
    rows = [row(f"k{number}", text) for number, text in enumerate([None, "", "é;|\t,", 'q"q', "l\nl", "r\r\nr", "'x", " "])]
    case.export.publish(DAYS[0], 1, None, rows, **form)
    case.load()
    assert case.names() == {each[0]: each[1] for each in rows}


def test_escaped_formulas_are_loaded_without_their_quote(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("'=a", "'+1"), row("b", "'x", "'-1.50")], more={"escapedFormulas": True})
    case.load()
    assert case.names() == {"=a": "+1", "b": "'x"}
    case.export.publish(DAYS[1], 2, 1, [row("'=a", "'@")], more={"escapedFormulas": True})
    case.load()
    assert case.names() == {"=a": "@", "b": "'x"}


def test_deleted_rows_stay_marked_on_request(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a"), row("b")])
    case.export.publish(DAYS[1], 2, 1, [["b", None, None, "true", "2026-11-23T09:30:00Z"]])
    case.load(deletes="mark")
    assert case.names() == {"a": "a name", "b": None}


def test_the_column_change_type_deletes_rows_and_is_not_stored(case: Case) -> None:
    fields = [*(field for field in FIELDS if field["name"] != "is_deleted"), {"name": "change_type", "type": "string"}]

    def typed(code: str, change: str) -> list[str | None]:
        return [code, "n", "1.00", "2026-11-23T09:30:00Z", change]

    case.export.publish(DAYS[0], 1, None, [typed("a", "I"), typed("b", "I")], fields=fields)
    case.export.publish(DAYS[1], 2, 1, [typed("a", "D"), typed("b", "U")], fields=fields)
    case.load()
    assert [sorted(each) for each in rows_of(case.target, "thing")] == [["amount", "code", "name", "updated_at"]]
    assert case.names() == {"b": "n"}


def test_a_new_column_is_added_and_a_column_that_is_left_out_becomes_null(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a"), row("b")])
    case.load()
    more = [*FIELDS, {"name": "extra", "type": "integer", "sourceType": "bigint"}]
    case.export.publish(DAYS[1], 2, 1, [[*row("b"), "9223372036854775807"]], fields=more)
    case.load()
    assert {each["code"]: each["extra"] for each in rows_of(case.target, "thing")} == {"a": None, "b": "9223372036854775807"}
    case.export.publish(DAYS[2], 3, 2, [row("b")[:1] + row("b")[3:]], fields=[FIELDS[0], *FIELDS[3:]])
    case.load()
    assert case.names() == {"a": "a name", "b": None}


def test_a_full_load_with_other_columns_builds_the_table_again(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a")])
    case.load()
    fields = [FIELDS[0], {**FIELDS[1], "name": "title"}, {**FIELDS[2], "precision": 10, "scale": 4, "sourceType": "numeric(10,4)"}]
    case.export.publish(DAYS[1], 2, None, [["b", "t", "1.5000"]], fields=fields)
    case.load()
    assert rows_of(case.target, "thing") == [{"code": "b", "title": "t", "amount": "1.5000"}]


def test_irregular_values_make_the_column_text_and_keep_the_others(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a"), row("b")])
    irregular = [*FIELDS[:4], {"name": "updated_at", "type": "string", "sourceType": "timestamp with time zone", "irregular": True}]
    case.export.publish(DAYS[1], 2, 1, [[*row("b")[:4], "infinity"]], fields=irregular)
    case.export.publish(DAYS[2], 3, 2, [row("c")])
    case.load()
    moments = {each["code"]: each["updated_at"] for each in rows_of(case.target, "thing")}
    assert moments == {"a": "2026-11-23T09:30:00.123456Z", "b": "infinity", "c": "2026-11-23T09:30:00.123456Z"}


def test_a_key_of_two_columns_merges_only_rows_that_have_both(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a", "1"), row("a", "2")], key=("code", "name"))
    case.export.publish(DAYS[1], 2, 1, [row("a", "2", "9.00"), row("b", "2")], key=("code", "name"))
    case.load()
    found = {(each["code"], each["name"]): each["amount"] for each in rows_of(case.target, "thing")}
    assert found == {("a", "1"): "1.50", ("a", "2"): "9.00", ("b", "2"): "1.50"}


def test_a_gap_stops_one_entity_and_a_full_load_ends_it(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a")])
    case.export.publish(DAYS[2], 3, 2, [row("b")])
    case.export.publish(DAYS[2], 1, None, [row("z")], entity="other")
    assert case.load().exit_code == 3
    assert (case.codes(), case.names(), len(rows_of(case.target, "other"))) == (["GAP"], {"a": "a name"}, 1)
    case.export.publish(DAYS[3], 4, None, [row("c")])
    assert case.load().exit_code == 0
    assert case.names() == {"c": "a name"}


def test_a_missing_file_of_a_withdrawn_day_is_waited_for(case: Case) -> None:
    for number in (1, 2, 3):
        case.export.publish(DAYS[number], number, number - 1 or None, [row(f"r{number}")])
    case.export.manifest(DAYS[2]).unlink()
    assert case.load().exit_code == 0
    assert [event["day"] for event in case.events if event["event"] == "waiting"] == [DAYS[2]]
    case.export.write_manifest(DAYS[2])
    case.load()
    assert sorted(case.names()) == ["r1", "r2", "r3"]


def test_a_redelivery_is_merged_once(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a"), row("b")])
    case.export.publish(DAYS[1], 2, 1, [row("b", "new")])
    case.load()
    case.export.publish(DAYS[0], 1, None, [row("a")], revision=2, redelivered=True)
    assert case.load().files == 1
    assert (case.load().files, case.names()) == (0, {"a": "a name", "b": "new"})


def test_from_scratch_loads_the_last_full_load_again(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a")])
    case.load()
    case.export.publish(DAYS[0], 1, None, [row("b")])
    assert (case.load().exit_code, case.codes()) == (3, ["CHAIN_REPLACED"])
    assert case.load(from_scratch=True).files == 1
    assert case.names() == {"b": "a name"}


def test_a_file_that_differs_from_its_manifest_is_never_loaded(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidemark_load.load.ATTEMPTS", 2)
    case.export.publish(DAYS[0], 1, None, [row("a")])
    (case.export.folder / "2026/11/01/thing/thing.csv").write_text("code\nforged\n")
    with pytest.raises(Exception, match="does not match its manifest") as refused:
        case.load()
    assert getattr(refused.value, "code") == "FILES_CHANGING"


def test_a_second_tenant_is_refused(case: Case) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a")])
    case.load()
    Export(case.folder / "server", "other").publish(DAYS[0], 1, None, [row("b")])
    with pytest.raises(Exception, match="of its own"):
        case.load(tenant="other")
    assert case.names() == {"a": "a name"}


def test_the_index_is_used_and_manifests_are_fetched_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.export.publish(DAYS[0], 1, None, [row("a")])
    case.export.write_index()
    case.load()
    assert case.events[0]["by"] == "index"
    case.export.publish(DAYS[1], 2, 1, [row("b")])
    case.export.write_index()
    read: list[str] = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(str(path)) or original(path))
    case.load()
    assert [path for path in read if path.endswith("datapackage.json")] == [str(case.export.manifest(DAYS[1]))]
    assert sorted(case.names()) == ["a", "b"]
