"""Waivers: what a reviewed decision about named rows changes, when it ends, and that it is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from fundeval.core import audit
from fundeval.core.context import RunContext
from fundeval.core.errors import ConfigurationError, InputError
from fundeval.core.funds import load_scheme
from fundeval.quality.catalogue import load_catalogue
from fundeval.quality.examination import WAIVER_EVENT, examine_measured
from fundeval.quality.gate import check_quality
from fundeval.quality.waivers import load_waivers
from fundeval.scoring.findings import find
from quality.staged_gate import (
    FUND_YEAR,
    FUNDS,
    SOUND,
    changed,
    examined,
    more,
    register_waivers,
    staged_context,
)

# Two projects not completed, without an excuse: two findings that cost points.
UNFINISHED = changed(
    project_progress=[
        {**row, "unfinished_cause": "施工力量不足"} for row in SOUND["staging.project_progress"]
    ]
)
WAIVER = {
    "rule": "not_completed",
    "rows": [{"identity": "P1"}],
    "reason": "经批准调整工期",
    "approved_by": "评价组张某",
    "from_year": 2024,
    "expires_on": "2024-12-31",
}


def rules(context: RunContext) -> dict[str, dict[str, Any]]:
    return {row["rule"]: row for row in context.run.rows("checks", "rules")}


def projects_found(context: RunContext, rule: str) -> list[str]:
    return [row["project_code"] for row in context.run.rows("checks", "rule_rows") if row["rule"] == rule]


def test_a_waived_row_is_no_finding_and_is_listed_with_who_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_waivers(tmp_path, monkeypatch, WAIVER)
    context = examined(tmp_path, UNFINISHED)
    assert projects_found(context, "not_completed") == ["P2"]
    findings, _ = find(context.run, load_scheme(FUND_YEAR).scheme, load_catalogue())
    assert [each.row["project_code"] for each in findings if each.rule.id == "not_completed"] == ["P2"]
    assert context.run.rows("checks", "waived_rows") == [
        {
            "rule": "not_completed",
            "title": "项目未完工",
            "project_code": "P1",
            "identity": "P1",
            "source_file": "project_progress.xlsx",
            "source_sheet": "表",
            "source_row": 1,
            "reason": "经批准调整工期",
            "approved_by": "评价组张某",
            "expires_on": dt.date(2024, 12, 31),
        }
    ]
    assert (
        rules(context)["not_completed"]["rows_found"],
        rules(context)["not_completed"]["rows_waived"],
    ) == (1, 1)
    assert rules(context)["waiver_without_effect"]["outcome"] == "pass"


def test_a_rule_all_of_whose_rows_are_waived_passes_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_waivers(
        tmp_path,
        monkeypatch,
        {**WAIVER, "rows": [{"identity": "P1"}, {"file": "project_progress.xlsx", "sheet": "表", "row": 2}]},
    )
    context = examined(tmp_path, UNFINISHED)
    told = rules(context)["not_completed"]
    assert (told["outcome"], told["reason"]) == ("pass", "查出的2行均已豁免")


def test_an_expired_waiver_excuses_nothing_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_waivers(tmp_path, monkeypatch, {**WAIVER, "from_year": 2023, "expires_on": "2024-12-30"})
    context = examined(tmp_path, UNFINISHED)
    assert projects_found(context, "not_completed") == ["P1", "P2"]
    assert context.run.rows("checks", "waived_rows") == []
    (told,) = [
        row for row in context.run.rows("checks", "rule_rows") if row["rule"] == "waiver_without_effect"
    ]
    assert (told["severity"], told["found"], "照常计入" in told["detail"]) == (
        "warning",
        "已于2024-12-30到期",
        True,
    )


def test_a_waiver_that_meets_no_row_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register_waivers(tmp_path, monkeypatch, {**WAIVER, "rows": [{"identity": "P9"}]})
    context = examined(tmp_path, UNFINISHED)
    assert projects_found(context, "not_completed") == ["P1", "P2"]
    (told,) = [
        row for row in context.run.rows("checks", "rule_rows") if row["rule"] == "waiver_without_effect"
    ]
    assert told["found"] == "没有查出所指的行"


def test_a_waiver_of_a_rule_over_measures_works_after_the_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = changed(releases=more("releases", quota_doc_no="D2", applied_yuan="900.00"))
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(FUNDS))
    plain = examined(tmp_path / "plain", tables)
    (row,) = [row for row in plain.run.rows("checks", "rule_rows") if row["rule"] == "applied_over_budget"]
    register_waivers(
        tmp_path,
        monkeypatch,
        {**WAIVER, "rule": "applied_over_budget", "rows": [{"identity": row["identity"]}]},
    )
    context = examined(tmp_path / "waived", tables)
    assert rules(context)["applied_over_budget"]["rows_waived"] == 1
    assert rules(context)["applied_over_budget"]["outcome"] == "pass"


def test_a_waived_row_of_a_critical_check_does_not_stop_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = changed(vouchers=more("vouchers", voucher_no="V9", amount_yuan="-1.00"))
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(FUNDS))
    with pytest.raises(InputError, match="正负"):
        check_quality(staged_context(tmp_path / "plain", tables))
    register_waivers(tmp_path, monkeypatch, {**WAIVER, "rule": "voucher_sign", "rows": [{"identity": "V9"}]})
    told = check_quality(staged_context(tmp_path / "waived", tables))
    assert told["rows_waived"] == 1


def test_a_waived_row_of_a_native_check_does_not_stop_the_run_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = changed(vouchers=more("vouchers", voucher_no="V9", voucher_status="lost"))
    register_waivers(
        tmp_path, monkeypatch, {**WAIVER, "rule": "voucher_status_known", "rows": [{"identity": "V9"}]}
    )
    assert check_quality(staged_context(tmp_path, tables))["rows_waived"] == 1


def test_a_classified_row_is_waived_by_its_place_and_never_by_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = {
        **SOUND["staging.vouchers"][0],
        "voucher_no": "S7",
        "project_code": "S1",
        "amount_yuan": "-1.00",
    }
    tables = changed(
        restricted__plan_projects=[{"project_code": "S1", "is_classified": True}],
        restricted__vouchers=[voucher],
    )
    register_waivers(
        tmp_path,
        monkeypatch,
        {**WAIVER, "rule": "voucher_sign", "rows": [{"identity": "S7"}]},
    )
    with pytest.raises(InputError, match="正负"):
        check_quality(staged_context(tmp_path / "named", tables))
    register_waivers(
        tmp_path / "again",
        monkeypatch,
        {**WAIVER, "rule": "voucher_sign", "rows": [{"file": "vouchers.xlsx", "sheet": "表", "row": 1}]},
    )
    assert check_quality(staged_context(tmp_path / "placed", tables))["rows_waived"] == 1


def test_the_audit_trail_holds_each_waiver_once_however_often_the_stage_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_waivers(tmp_path, monkeypatch, WAIVER)
    context = examined(tmp_path, UNFINISHED)
    examine_measured(context)
    (entry,) = [each for each in audit.read(context.rooms, FUND_YEAR) if each.event == WAIVER_EVENT]
    assert entry.who == "评价组张某"
    assert entry.detail["rule"] == "not_completed"
    assert (entry.detail["rows"], entry.detail["expires_on"]) == (1, "2024-12-31")


@pytest.mark.parametrize(("from_year", "about"), [(2024, True), (2023, True), (2025, False)])
def test_a_waiver_is_about_its_first_year_and_later_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_year: int, about: bool
) -> None:
    register_waivers(tmp_path, monkeypatch, {**WAIVER, "from_year": from_year, "expires_on": "2026-12-31"})
    assert bool(load_waivers(FUND_YEAR, load_catalogue())) == about


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": "nowhere"}, "没有名为nowhere的规则"),
        ({"rows": []}, "至少应有1项"),
        ({"rows": [{"file": "a.xlsx"}]}, "应写 identity,或者同时写 file 和 row"),
        ({"expires_on": "2024-06-30"}, "豁免从未有效"),
        ({"approved_by": ""}, "不能为空"),
        ({"reason": ""}, "不能为空"),
        ({"note": "x"}, "不认识的项"),
    ],
)
def test_an_unsound_waiver_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], message: str
) -> None:
    register_waivers(tmp_path, monkeypatch, {**WAIVER, **change})
    with pytest.raises(ConfigurationError, match=message):
        load_waivers(FUND_YEAR, load_catalogue())
