"""From every published figure back to the rows of the archived files; each half of the evidence names what it may."""

from __future__ import annotations

import json
import re
import stat
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from fundeval.core.errors import ReleaseError
from fundeval.release.dataset import draft_folder
from fundeval.release.dictionary import load_dictionary
from fundeval.release.evidence.explain import explain
from fundeval.release.evidence.halves import private_half_of, verify_private_half
from fundeval.release.publish import publish
from fundeval.release.versions import Release, release_at
from fundeval.report.provenance import read_provenance
from release.invented import SECRET_NAMES, invented_tables, make_draft


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """The release of the invented run."""
    return release_at(Path(publish(make_draft(tmp_path))["release"]))


def parts(
    release: Release, figure: str, *, private: bool = False
) -> list[tuple[str, int, str, str, list[str]]]:
    """Role, sign, title, amount and rows of every part of a figure."""
    (found,) = explain(release, figure, private=private)
    return [
        (part.role, part.sign, part.title, part.amount, [f"{rows.file} {rows.rows}" for rows in part.rows])
        for part in found.parts
    ]


def test_a_rate_leads_to_the_rows_of_numerator_and_denominator(release: Release) -> None:
    (found,) = explain(release, "execution_rate")
    assert (found.value, found.unit, found.numerator, found.denominator) == (
        "75.00",
        "%",
        "1200000",
        "1600000",
    )
    assert parts(release, "execution_rate") == [
        ("numerator", 1, "累计支付", "1200000", ["f.xlsx 9—10"]),
        ("denominator", 1, "累计下达", "1600000", ["f.xlsx 9—10"]),
    ]
    assert [part.withheld for part in found.parts] == ["涉密项目的行只列在发布成果的非公开部分"] * 2


def test_a_difference_names_what_is_taken_off(release: Release) -> None:
    assert parts(release, "carry_over") == [
        ("value", 1, "累计下达", "1600000", ["f.xlsx 9—10"]),
        ("value", -1, "累计支付", "1200000", ["f.xlsx 9—10"]),
    ]
    assert parts(release, "cost_saving_rate") == [
        ("numerator", 1, "已结算项目的计划金额", "850000", ["f.xlsx 9"]),
        ("numerator", -1, "已结算项目的审定金额", "816000", ["f.xlsx 9"]),
        ("denominator", 1, "已结算项目的计划金额", "850000", ["f.xlsx 9"]),
    ]


def test_a_value_of_a_form_leads_to_its_own_cell(release: Release) -> None:
    assert parts(release, "budget") == [("value", 1, "年初预算", "3000000", ["计划.xlsx 3"])]
    assert parts(release, "plan_lag_months")[0][4] == ["计划.xlsx 4", "计划.xlsx 8"]


def test_responses_are_named_by_the_private_half_only(release: Release) -> None:
    assert parts(release, "respondents") == [("value", 1, "有效答卷", "4", ["问卷.csv "])]
    assert parts(release, "respondents", private=True)[0][4] == [f"f.xlsx {row}" for row in (2, 3, 4, 5)]
    assert parts(release, "satisfaction_rate", private=True)[0][3] == "6"


def test_classified_rows_are_named_by_the_private_half_only(release: Release) -> None:
    public = pq.read_table(release.path / "evidence" / "rows.parquet").to_pylist()
    assert not any(str(row["project_code"]).startswith("LH31-Z") for row in public)
    private = pq.read_table(private_half_of(release) / "rows.parquet").to_pylist()
    assert {row["project_code"] for row in private if row["is_private"] and row["project_code"]} == {
        "LH31-Z01",
        "LH31-Z02",
    }
    assert parts(release, "projects_classified")[0][4] == []
    assert len(parts(release, "projects_classified", private=True)[0][4]) == 2
    text = (release.path / "evidence" / "figures.json").read_text("utf-8")
    assert not any(name in text for name in SECRET_NAMES)


def test_an_indicator_tells_its_formula_and_its_findings(release: Release) -> None:
    (found,) = explain(release, "B12")
    assert found.formula == "分值×(累计支付÷累计下达),超过100%的按100%计"
    assert found.rests_on == ("finding-1",)
    (judged,) = explain(release, "A11")
    assert [(part.title, part.amount, part.rows[0].file) for part in judged.parts] == [
        ("评价人员在工作底稿中的扣分", "", "f.xlsx")
    ]
    assert explain(release, "score")[0].rests_on == ("A11", "B12")
    assert explain(release, "grade")[0].rests_on == ("score",)


def test_a_finding_leads_to_its_row_and_a_rule_to_all_its_findings(release: Release) -> None:
    (found,) = explain(release, "finding-1")
    assert found.formula == "中标通知书发出后45天才签订合同;实际为45天,应为不超过30天"
    assert found.law == "《招标投标法》第四十六条"
    assert [(rows.file, rows.sheet, rows.rows) for rows in found.parts[0].rows] == [
        ("采购.xlsx", "采购", "5")
    ]
    assert [one.figure for one in explain(release, "plan_issued_late")] == ["finding-2"]


def test_a_public_project_leads_to_its_rows_and_a_classified_one_is_not_known(release: Release) -> None:
    assert [(title, amount, rows) for _, _, title, amount, rows in parts(release, "LH31-B01")] == [
        ("申请金额", "300000.00", ["f.xlsx 10"]),
        ("下达金额", "300000.00", ["f.xlsx 10"]),
        ("支付金额", "300000.00", ["f.xlsx 10"]),
    ]
    for unknown in ("LH31-Z01", "CLASSIFIED", "nothing"):
        with pytest.raises(ReleaseError, match="没有“"):
            explain(release, unknown)


def test_every_published_figure_can_be_explained(release: Release) -> None:
    figures = read_provenance(release.path / "evidence").figures
    dictionary = load_dictionary()
    assert list(figures) == [
        *(metric.metric for metric in dictionary.metrics),
        "A11",
        "B12",
        "finding-1",
        "finding-2",
    ]
    for figure in figures:
        (found,) = explain(release, figure)
        assert found.formula
        assert found.parts or found.rests_on, figure


def test_the_rows_of_the_private_half_add_up_to_every_fact(release: Release, tmp_path: Path) -> None:
    sums: dict[str, Decimal] = {}
    for row in pq.read_table(private_half_of(release) / "rows.parquet").to_pylist():
        sums[row["fact"]] = sums.get(row["fact"], Decimal(0)) + (row["amount"] or 0)
    facts = invented_tables()["marts"]["fund_facts"][0]
    added = {
        name: sums[name] for name, fact in load_dictionary().facts.items() if not fact.of and sums.get(name)
    }
    assert len(added) > 15
    assert added == {name: Decimal(facts[name]) for name in added}


def test_rows_that_do_not_add_up_stop_the_release(tmp_path: Path) -> None:
    tables = invented_tables()
    tables["staging"]["releases"][0]["released_yuan"] -= 1
    with pytest.raises(ReleaseError, match="来源行合计与下列数字不符.*累计下达") as caught:
        publish(make_draft(tmp_path, tables=tables))
    assert "1600000" not in str(caught.value)
    assert not list((tmp_path / "releases").rglob("v*"))


def test_only_the_owner_reads_the_private_half(release: Release) -> None:
    folder = private_half_of(release)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o400}
    assert not folder.is_relative_to(release.path.parents[2])


def test_a_changed_or_missing_private_half_is_told(release: Release) -> None:
    assert verify_private_half(release) == []
    rows = private_half_of(release) / "rows.parquet"
    rows.chmod(0o600)
    rows.write_bytes(rows.read_bytes() + b" ")
    assert verify_private_half(release) == ["非公开部分的“rows.parquet”缺失或与发布时不一致。"]
    (private_half_of(release) / "private.json").unlink()
    assert verify_private_half(release) == ["非公开部分缺失。"]
    with pytest.raises(ReleaseError, match="没有“"):
        explain(release, "nothing")
    rows.unlink()
    with pytest.raises(ReleaseError, match="非公开部分"):
        explain(release, "paid", private=True)


def test_the_same_run_in_another_place_has_the_same_evidence(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_draft(tmp_path / name, f"run-{name}")
    folders = [next((tmp_path / name / "runs").rglob("draft/evidence")) for name in ("a", "b")]
    for file in ("figures.json", "rows.parquet"):
        assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes()
    assert json.loads((folders[0] / "figures.json").read_text("utf-8"))["figures"]


def test_every_figure_of_the_web_page_leads_to_its_rows_and_on_to_formula_and_source(tmp_path: Path) -> None:
    context = make_draft(tmp_path)
    page = (draft_folder(context) / "report" / "report.html").read_text("utf-8")
    rows = dict(re.findall(r'<tr id="([^"]+)">(.*?)</tr>', page, re.DOTALL))
    tables = set(re.findall(r'<details class="evidence" id="([^"]+)">', page))
    cited = set(re.findall(r'<a class="figure-link" href="#([^"]+)">', page))
    assert {"metric-paid", "metric-score", "indicator-B12", "finding-1"} <= cited
    assert cited <= rows.keys() | tables
    for metric in load_dictionary().metrics:
        row = rows[f"metric-{metric.metric}"]
        assert f'href="#figure-{metric.metric}"' in row
    assert "《f.xlsx》第9—10行共2行" in rows["figure-execution_rate"]
    assert "涉密项目的行只列在发布成果的非公开部分" in rows["figure-execution_rate"]
    assert all(
        "《" in rows[f"figure-{name}"] for name in ("budget", "released", "cost_saving_rate", "finding-1")
    )
    assert 'href="#figure-B12"' in rows["indicator-B12"]
    assert 'href="#finding-1"' in rows["figure-B12"]
    assert 'href="#figure-project-LH31-A01"' in rows["project-LH31-A01"]
    assert "《f.xlsx》第9行共1行" in rows["figure-project-LH31-A01"]
    assert not any(name in page for name in SECRET_NAMES)
