from __future__ import annotations

import re
from pathlib import Path

import pytest

from tidemark_load.cli import main
from tidemark_load.errors import EXIT_CODES

SOURCE = Path(__file__).parent.parent / "src"
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "load-into-a-database.md"


def test_each_code_is_raised_somewhere_and_is_in_the_documentation() -> None:
    code = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    raised = set(re.findall(r'LoadError\(\s*"([A-Z_]+)"', code))
    assert raised == set(EXIT_CODES)
    documented = dict(re.findall(r"^\| `([A-Z_]+)` +\| (\d) +\|", PAGE.read_text(), re.MULTILINE))
    assert documented == {name: str(exit_code) for name, exit_code in EXIT_CODES.items()}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "sftp://u:secret@h/"], "read a password"),
        (["--from", "sftp://h/"], "a user and a host"),
        (["--from", "sftp://u@h/"], "--host-key is missing"),
        (["--from", "sftp://u@h/", "--host-key", "SHA256:x"], "--key is missing"),
        (["--from", "ftp://u@h/"], "neither"),
        (["--from", "/no/such/folder"], "There is no folder"),
    ],
)
def test_wrong_options_say_what_is_right(options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDEMARK_SFTP_PASSWORD", raising=False)
    assert main([*options, "--to", f"sqlite:{tmp_path / 'w.db'}", "--work", str(tmp_path / "work")]) in (2, 5)
    error = capsys.readouterr().err
    assert message in error and "secret" not in error


@pytest.mark.parametrize("target", ["oracle:x", "duckdb:", "x"])
def test_an_unknown_target_is_refused(target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", str(tmp_path), "--to", target, "--work", str(tmp_path / "work")]) == 2
    assert "duckdb:FILE" in capsys.readouterr().err


def test_require_signature_without_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--from", str(tmp_path), "--to", "sqlite:x", "--require-signature"])
    assert ended.value.code == 2
