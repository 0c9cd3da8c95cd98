"""The summary a person reads at the end of a run, from the small invented dataset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fundeval.core.errors import InputError
from fundeval.release.dataset import build_dataset, draft_folder
from fundeval.release.summary import summary_text
from release.invented import make_run

SCHEME = {"title": "甲指标体系", "year": 2030, "is_fallback": True}
IDENTITY = {"fund": "green-river", "year": 2031, "version": 3, "scheme": SCHEME}


def release(root: Path, **changes: object) -> Path:
    """A folder with the parts of a release that the summary reads."""
    context = make_run(root)
    build_dataset(context)
    folder = draft_folder(context)
    (folder / "release.json").write_text(json.dumps({**IDENTITY, **changes}), encoding="utf-8")
    return folder


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_says_which_release_it_is_and_by_which_scheme(tmp_path: Path) -> None:
    text = summary_text(release(tmp_path), {})
    assert "green-river 2031 年度,第 3 版" in text
    assert "甲指标体系" in text
    assert "沿用该资金 2030 年度的指标体系" in text


def test_a_year_with_a_scheme_of_its_own_says_nothing_of_another_year(tmp_path: Path) -> None:
    own = {**SCHEME, "year": 2031, "is_fallback": False}
    assert "沿用" not in summary_text(release(tmp_path, scheme=own), {})


def test_shows_the_figures_of_the_dataset(tmp_path: Path) -> None:
    folder = release(tmp_path)
    shown = cells(summary_text(folder, {}))
    lines = (folder / "dataset" / "metrics.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    metrics = {line.split(",")[0]: line.split(",")[1] for line in lines}
    words = {word for row in shown for word in row}
    assert {f"{metrics[name]}%" for name in ("arrival_rate", "execution_rate", "satisfaction_rate")} <= words
    assert metrics["score"] in words or any(metrics["score"] in word for word in words)


def test_shows_money_in_ten_thousand_yuan(tmp_path: Path) -> None:
    """800 000, 300 000 and the classified 500 000 元 were released; 600 000, 300 000 and 300 000 were paid."""
    text = summary_text(release(tmp_path), {})
    heading, figures = (
        next(row for row in cells(text) if "累计下达" in row),
        next(row for row in cells(text) if "160" in row),
    )
    by_name = dict(zip(heading, figures, strict=True))
    assert (by_name["累计下达"], by_name["累计支付"], by_name["结转"]) == ("160", "120", "40")


def test_names_the_kinds_of_findings_in_chinese_with_their_number(tmp_path: Path) -> None:
    folder = release(tmp_path)
    text = summary_text(folder, {})
    findings = (folder / "dataset" / "findings.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert findings
    assert f"发现的问题({len(findings)} 项)" in text
    assert not any(line.split(",")[0] in text for line in findings)


def test_says_how_long_each_stage_took_and_where_the_release_lies(tmp_path: Path) -> None:
    folder = release(tmp_path)
    text = summary_text(folder, {"读取甲": 1.26, "发布": 0.04})
    assert ["读取甲", "1.3"] in cells(text)
    assert ["发布", "0.0"] in cells(text)
    assert str(folder) in text
    assert "报告PDF:未生成" in text


def test_a_dataset_that_lacks_a_table_is_no_release(tmp_path: Path) -> None:
    folder = release(tmp_path)
    for path in (folder / "dataset").glob("findings.*"):
        path.unlink()
    with pytest.raises(InputError, match=r"findings\.csv"):
        summary_text(folder, {})
