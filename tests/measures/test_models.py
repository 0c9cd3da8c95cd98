"""Every model of sql/marts by small tables: cases/<model>.yaml gives rows in, rows out and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from fundeval.measures.models import load_models

FOLDER = Path(__file__).parent / "cases"
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['reason']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("model", "case"), CASES)
def test_model_makes_the_rows_its_case_says(model: str, case: dict[str, Any], measured: Any) -> None:
    run = measured(case["tables"])
    rows = run.rows("marts", model)
    assert [
        {name: text(row[name]) for name in wanted} for row, wanted in zip(rows, case["rows"], strict=True)
    ] == [{name: text(value) for name, value in wanted.items()} for wanted in case["rows"]]


def text(value: Any) -> str | None:
    return None if value is None else str(value)


def test_every_model_has_a_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {model.name for model in load_models()}
