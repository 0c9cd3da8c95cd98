"""The gate over a whole small fund-year: what stops it, what is only told, and that every row found is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.context import RunContext
from fundeval.core.errors import InputError
from fundeval.measures import measure, seal_classified
from fundeval.quality import examination, gate
from fundeval.quality.catalogue import Catalogue, load_catalogue
from fundeval.quality.examination import examine_measured
from fundeval.quality.expectations import CheckFailedError, Verdict
from fundeval.quality.gate import check_quality, require_agreement
from fundeval.quality.outcomes import RuleOutcome
from quality.staged_gate import FUNDS, SOUND, changed, examined, more, staged_context


@pytest.fixture(autouse=True)
def _specimen_fund(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(FUNDS))


def outcomes(context: RunContext, table: str = "gate_rules") -> dict[str, tuple[str, str]]:
    return {row["rule"]: (row["outcome"], row["reason"]) for row in context.run.rows("checks", table)}


def found(context: RunContext, rule: str, table: str = "gate_rule_rows") -> list[dict[str, Any]]:
    return [row for row in context.run.rows("checks", table) if row["rule"] == rule]


def with_severity(rule: str, severity: str) -> Catalogue:
    """Return the catalogue with one rule of another severity."""
    catalogue = load_catalogue()
    rules = tuple(
        replace(each, entry=each.entry.model_copy(update={"severity": severity})) if each.id == rule else each
        for each in catalogue.rules
    )
    return replace(catalogue, rules=rules)


def test_a_sound_fund_year_passes_and_every_rule_of_the_gate_has_an_outcome(tmp_path: Path) -> None:
    context = staged_context(tmp_path, SOUND)
    told = check_quality(context)
    assert outcomes(context).keys() == {rule.id for rule in load_catalogue().of_phase("gate")}
    assert {rule for rule, (outcome, _) in outcomes(context).items() if outcome == "fail"} == {
        "not_completed_excused"
    }
    assert told["checks_failed"] == 1
    assert context.run.rows("checks", "problems") == []


def test_after_the_measures_every_rule_of_the_catalogue_has_an_outcome(tmp_path: Path) -> None:
    context = examined(tmp_path, SOUND)
    assert outcomes(context, "rules").keys() == load_catalogue().by_id.keys()
    assert [row["rule"] for row in context.run.rows("checks", "rule_rows")] == ["not_completed_excused"] * 2


@pytest.mark.parametrize(
    ("tables", "rule", "place"),
    [
        (changed(plan_projects=more("plan_projects", project_code="P1")), "plan_code_unique", ("plan_projects", 1)),
        (changed(vouchers=more("vouchers", voucher_no=None)), "voucher_no_present", ("vouchers", 3)),
        (changed(vouchers=more("vouchers", voucher_no="V9", voucher_status="lost")), "voucher_status_known",
         ("vouchers", 3)),
        (changed(releases=more("releases", quota_doc_no="D2", project_code="P7")), "release_project_known",
         ("releases", 2)),
    ],
    ids=["a native check of uniqueness", "of presence", "of a list", "a condition between tables"],
)  # fmt: skip
def test_a_critical_fault_stops_the_run_with_file_sheet_and_row(
    tmp_path: Path, tables: dict[str, Any], rule: str, place: tuple[str, int]
) -> None:
    context = staged_context(tmp_path, tables)
    with pytest.raises(InputError) as error:
        check_quality(context)
    named = [problem for problem in error.value.problems if problem.code == rule]
    assert (f"{place[0]}.xlsx", "表", place[1]) in [(each.file, each.sheet, each.row) for each in named]
    assert outcomes(context)[rule][0] == "fail"
    assert (f"{place[0]}.xlsx", place[1]) in [
        (row["source_file"], row["source_row"]) for row in found(context, rule)
    ]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    tables = changed(
        plan_projects=more("plan_projects", project_code="P1"),
        vouchers=more("vouchers", voucher_no="V9", amount_yuan="-1.00"),
        releases=more("releases", quota_doc_no="D2", released_on="2023-12-31"),
    )
    with pytest.raises(InputError) as error:
        check_quality(staged_context(tmp_path, tables))
    assert {"plan_code_unique", "voucher_sign", "release_year"} <= {
        problem.code for problem in error.value.problems
    }


def test_warnings_and_infos_are_written_and_do_not_stop(tmp_path: Path) -> None:
    tables = changed(vouchers=more("vouchers", voucher_no="V9", unit_name="乙局", paid_on="2024-03-09"))
    context = staged_context(tmp_path, tables)
    check_quality(context)
    assert [(row["severity"], row["source_row"]) for row in found(context, "unit_unknown")] == [
        ("warning", 3)
    ]
    assert found(context, "paid_on_weekend")[0]["severity"] == "info"
    assert "《中华人民共和国预算法》" in found(context, "unit_unknown")[0]["legal_basis"]


def test_every_failing_row_is_written_and_the_message_says_how_many_more_there_are(tmp_path: Path) -> None:
    rows = [
        {**SOUND["staging.vouchers"][0], "voucher_no": f"W{n}", "amount_yuan": "-1.00"} for n in range(1234)
    ]
    context = staged_context(tmp_path, changed(vouchers=[*SOUND["staging.vouchers"], *rows]))
    with pytest.raises(InputError) as error:
        check_quality(context)
    assert [row["source_row"] for row in found(context, "voucher_sign")] == list(range(3, 1237))
    told = [problem for problem in error.value.problems if problem.code == "voucher_sign"]
    assert len(told) == gate.MOST_TOLD + 1
    assert "另有234行" in str(sorted(told)[0])


def test_a_critical_rule_over_rows_stops_at_the_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "load_catalogue", lambda: with_severity("unit_unknown", "critical"))
    tables = changed(vouchers=more("vouchers", voucher_no="V9", unit_name="乙局"))
    with pytest.raises(InputError) as error:
        check_quality(staged_context(tmp_path, tables))
    assert [(problem.code, problem.file, problem.row) for problem in error.value.problems] == [
        ("unit_unknown", "vouchers.xlsx", 3)
    ]


def test_a_critical_rule_over_measures_stops_after_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        examination, "load_catalogue", lambda: with_severity("applied_over_budget", "critical")
    )
    context = staged_context(
        tmp_path, changed(releases=more("releases", quota_doc_no="D2", applied_yuan="900.00"))
    )
    check_quality(context)
    seal_classified(context)
    measure(context)
    with pytest.raises(InputError) as error:
        examine_measured(context)
    assert [problem.code for problem in error.value.problems] == ["applied_over_budget"]


def test_a_rule_without_its_table_is_not_applicable_with_why(tmp_path: Path) -> None:
    context = staged_context(tmp_path, SOUND)
    context.run.drop("staging", "releases")
    check_quality(context)
    assert outcomes(context)["quota_document_unknown"] == ("not_applicable", "缺少可用的数据:指标下达")
    assert outcomes(context)["release_year"] == ("not_applicable", "缺少可用的数据:指标下达")


def test_a_rule_against_a_table_that_lost_rows_is_not_applicable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = staged_context(tmp_path, changed(vouchers=more("vouchers", voucher_no="V9", project_code="P3")))
    monkeypatch.setattr(gate, "incomplete_tables", lambda run: {"plan_projects"})
    check_quality(context)
    assert outcomes(context)["voucher_project_known"] == ("not_applicable", "缺少可用的数据:建设计划")
    assert outcomes(context)["plan_amount"][0] == "pass"  # its own rows are as sound as they look


def test_rows_of_classified_projects_are_checked_and_told_by_place_only(tmp_path: Path) -> None:
    voucher = {
        **SOUND["staging.vouchers"][0],
        "voucher_no": "S-77",
        "project_code": "S1",
        "payee_name": "密收款人",
    }
    tables = changed(
        restricted__plan_projects=[
            {"project_code": "S1", "project_name": "涉密工程名", "is_classified": True}
        ],
        restricted__vouchers=[voucher, {**voucher, "amount_yuan": "1.00"}],
    )
    context = staged_context(tmp_path, tables)
    with pytest.raises(InputError) as error:
        check_quality(context)
    conflict = [problem for problem in error.value.problems if problem.code == "voucher_conflict"]
    assert [problem.row for problem in conflict] == [1, 2]
    left = str(error.value) + "".join(
        str(context.run.rows("checks", table)) for table in context.run.tables("checks")
    )
    left += "".join(
        path.read_text(encoding="utf-8")
        for path in context.run.path.rglob("*")
        if path.suffix in (".html", ".json")
    )
    assert "voucher_conflict" in left
    assert not [secret for secret in ("S-77", "S1", "涉密工程名", "密收款人") if secret in left]


def test_two_answers_that_do_not_agree_are_never_passed_over() -> None:
    verdict = Verdict("plan_amount", "critical", success=False, rows_wrong=1)
    with pytest.raises(CheckFailedError, match="plan_amount"):
        require_agreement([verdict], [RuleOutcome("plan_amount", "critical", "pass", 0, 0)])


def test_the_gate_can_be_repeated(tmp_path: Path) -> None:
    context = examined(tmp_path, SOUND)
    before = {table: context.run.rows("checks", table) for table in context.run.tables("checks")}
    check_quality(context)
    examine_measured(context)
    assert before == {table: context.run.rows("checks", table) for table in context.run.tables("checks")}
