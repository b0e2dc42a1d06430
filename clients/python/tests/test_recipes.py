"""Runs the recipes as they are written, in the folder of a day."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exports import Export, row

CLIENT = Path(__file__).parent.parent
RECIPES = CLIENT / "recipes"
ROWS = [row("a", None), row("b", ""), row("c", "NULL"), row("d", 'x"y,z'), row("e", "gone", deleted=True)]
EXPECTED = ["a=NULL", "b=[]", "c=[NULL]", 'd=[x"y,z]']


def block(recipe: str, language: str) -> str:
    found = re.search(rf"^```{language}.*?\n(.*?)^```", (RECIPES / f"{recipe}.md").read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture
def day(tmp_path: Path) -> Path:
    export = Export(tmp_path)
    export.publish("2026-11-01", 1, None, ROWS)
    return export.manifest("2026-11-01").parent


@pytest.mark.parametrize(("recipe", "module"), [("duckdb", "duckdb"), ("sqlite", "sqlite3"), ("pandas", "pandas"), ("polars", "polars"), ("dlt", "dlt")])
def test_the_recipe_in_python_keeps_null_and_the_empty_string_apart(recipe: str, module: str, day: Path) -> None:
    pytest.importorskip(module, reason=f"the recipe {recipe}: run `pip install {module}`")
    environment = {**os.environ, "PYTHONPATH": str(CLIENT / "src"), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    for _ in range(2):  # Loading the file again changes nothing.
        outcome = subprocess.run([sys.executable, "-c", block(recipe, "python")], cwd=day, env=environment, capture_output=True, text=True)
        assert outcome.returncode == 0, outcome.stderr
        assert [line for line in outcome.stdout.splitlines() if "=" in line] == EXPECTED


@pytest.mark.skipif("WAREHOUSE" not in os.environ or shutil.which("psql") is None, reason="the recipe postgres: needs psql and $WAREHOUSE")
def test_the_recipe_for_postgres_keeps_null_and_the_empty_string_apart(day: Path) -> None:
    for _ in range(2):
        outcome = subprocess.run(["bash", "-euc", block("postgres", "sh")], cwd=day, capture_output=True, text=True)
        assert outcome.returncode == 0, outcome.stderr
        assert outcome.stdout.splitlines()[-4:] == EXPECTED


def test_each_recipe_that_is_not_run_says_so() -> None:
    ran = {"duckdb", "sqlite", "pandas", "polars", "dlt", "postgres"}
    for path in RECIPES.glob("*.md"):
        assert ("never run" in path.read_text()) == (path.stem not in ran), path.stem
