"""
Reads CSV of RFC 4180 and keeps NULL and the empty string apart, which Python's module `csv` cannot do: an empty field
without quotes is None, and `""` is the empty string. It reads as a stream, and holds one record at a time.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO, Iterator, Sequence

from .errors import LoadError

Row = list["str | None"]

# What a spreadsheet would read as a formula. Tidemark writes a `'` before it if the registration has escapeFormulas.
_ESCAPED = re.compile("'+[=+\\-@\t\r＝＋－＠]")


def read_rows(stream: BinaryIO, delimiter: str, line_end: str = "\n", path: str = "the file") -> Iterator[Row]:
    """Gives each record, the header first."""
    split = _splitter(delimiter, path)
    for number, record in enumerate(_records(stream, line_end, path), start=1):
        if '"' in record:
            yield split(record, number)
        else:
            yield [value or None for value in record.split(delimiter)]


def _records(stream: BinaryIO, line_end: str, path: str) -> Iterator[str]:
    """The records without their line end. A record is complete where its number of quotes is even."""
    lines = io.TextIOWrapper(stream, encoding="utf-8", errors="strict", newline="\n")
    open_record: list[str] = []
    quotes = 0
    number = 0
    try:
        for line in lines:
            quotes += line.count('"')
            open_record.append(line)
            if quotes % 2 == 1:
                continue
            record = "".join(open_record)
            open_record.clear()
            quotes = 0
            number += 1
            if record.endswith(line_end):
                yield record[: -len(line_end)]
            elif record.endswith("\n"):
                raise _invalid(path, number, "the line end is not the one of the manifest")
            else:
                yield record
    except UnicodeDecodeError as error:
        raise _invalid(path, number + 1, "the text is not UTF-8") from error
    finally:
        lines.detach()
    if open_record:
        raise _invalid(path, number + 1, "a quoted value has no end")


def _splitter(delimiter: str, path: str):  # type: ignore[no-untyped-def]
    field = re.compile('"([^"]*(?:""[^"]*)*)"|([^"%s]*)' % re.escape(delimiter))

    def split(record: str, number: int) -> Row:
        values: Row = []
        position = 0
        while True:
            match = field.match(record, position)
            assert match is not None  # The second alternative also matches nothing.
            quoted = match.group(1)
            values.append(match.group(2) or None if quoted is None else quoted.replace('""', '"'))
            position = match.end()
            if position == len(record):
                return values
            if record[position] != delimiter:
                raise _invalid(path, number, f"there is text beside a quoted value, in field {len(values)}")
            position += 1

    return split


def unescaped(value: str | None) -> str | None:
    """The value without the `'` that Tidemark added."""
    return value[1:] if value is not None and _ESCAPED.match(value) else value


def checked_rows(
    stream: BinaryIO, delimiter: str, line_end: str, columns: Sequence[str], escaped_formulas: bool, path: str
) -> Iterator[Row]:
    """The rows without the header. The header and the number of values must be those of the manifest."""
    rows = read_rows(stream, delimiter, line_end, path)
    header = next(rows, None)
    if header != list(columns):
        raise _invalid(path, 1, "the header does not have the columns of the manifest")
    width = len(columns)
    for number, row in enumerate(rows, start=2):
        if len(row) != width:
            raise _invalid(path, number, f"it has {len(row)} values, and the header has {width}")
        yield [unescaped(value) for value in row] if escaped_formulas else row


def _invalid(path: str, record: int, reason: str) -> LoadError:
    return LoadError("CONTENT_INVALID", f"Record {record} of {path} cannot be read: {reason}. Nothing of the file was loaded. "
                     "Fetch it again; if it stays like this, ask the operator of the platform to redeliver it.")
