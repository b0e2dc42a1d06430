import csv
import io
import random

import pytest

from exports import csv_of
from tidemark_load.csv_reader import checked_rows, read_rows
from tidemark_load.errors import LoadError

ALPHABET = ['"', ",", ";", "\n", "\r", "\r\n", "'", "a", "é", "😀", " ", "\\", "\\N", "NULL", "="]


def rows_of(content: bytes, delimiter: str = ",", line_end: str = "\n") -> list[list[str | None]]:
    return list(read_rows(io.BytesIO(content), delimiter, line_end))


def test_an_empty_field_is_null_and_two_quotes_are_the_empty_string() -> None:
    assert rows_of(b'a,b,c\n,"",x\n') == [["a", "b", "c"], [None, "", "x"]]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote_all", [False, True])
def test_random_tables_are_read_as_they_were_written(delimiter: str, quote_all: bool, line_end: str) -> None:
    chance = random.Random(f"{delimiter}{quote_all}{line_end}")
    for _ in range(200):
        width = chance.randint(1, 4)
        table: list[list[str | None]] = [
            [None if chance.random() < 0.2 else "".join(chance.choices(ALPHABET, k=chance.randint(0, 5))) for _ in range(width)]
            for _ in range(chance.randint(0, 6))
        ]
        header: list[str | None] = [f"c{number}" for number in range(width)]
        content = csv_of([f"c{number}" for number in range(width)], table, delimiter, quote_all, line_end)
        assert rows_of(content, delimiter, line_end) == [header, *table]


def test_values_are_those_of_the_module_csv_except_for_null() -> None:
    chance = random.Random(7)
    for _ in range(200):
        table = [["".join(chance.choices(ALPHABET, k=3)) for _ in range(3)] for _ in range(4)]
        text = io.StringIO(newline="")
        csv.writer(text).writerows(table)
        found = [[value or "" for value in row] for row in rows_of(text.getvalue().encode(), line_end="\r\n")]
        assert found == list(csv.reader(io.StringIO(text.getvalue(), newline="")))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'a\n"x\n', "a quoted value has no end"),
        (b'a,b\n"x"y,1\n', "there is text beside a quoted value"),
        (b"a\n\xff\n", "the text is not UTF-8"),
        (b"a,b\n1\n", "it has 1 values, and the header has 2"),
        (b"b,a\n1,2\n", "the header does not have the columns"),
    ],
)
def test_a_file_that_is_no_such_csv_is_refused(content: bytes, reason: str) -> None:
    columns = ["a", "b"] if b"," in content else ["a"]
    with pytest.raises(LoadError, match=reason):
        list(checked_rows(io.BytesIO(content), ",", "\n", columns, False, "x.csv"))


def test_a_file_with_another_line_end_than_its_manifest_is_refused() -> None:
    with pytest.raises(LoadError, match="the line end"):
        rows_of(b"a\nb\n", line_end="\r\n")


def test_the_quote_before_a_formula_is_removed_once() -> None:
    content = csv_of(["a"], [["'=1"], ["''+1"], ["'x"], ["'＝1"], [""], [None]])
    found = list(checked_rows(io.BytesIO(content), ",", "\n", ["a"], True, "x.csv"))
    assert found == [["=1"], ["'+1"], ["'x"], ["＝1"], [""], [None]]
