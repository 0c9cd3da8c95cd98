"""Spoiled files of an office: every fault is told with its place, all at once, and nothing is published."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from fundeval.cli import main
from fundeval.core.errors import Problem
from support import faults
from support.evaluation import Outcome, evaluate, read
from support.faults import Fault, Report, Spoiled, spoil
from support.fundgen import generate
from support.fundgen.habits import ORNATE, PLAIN
from support.release import releases

GENERATED_FUND = "sample-digital"
YEAR = 2024
MADE = generate(year=YEAR)

WHOLE_FILES: dict[str, Fault] = {
    **{f"missing {kind}": faults.missing_file(kind) for kind in MADE.files},
    "empty CSV": faults.empty_file("treasury_payments"),
    "empty workbook": faults.empty_file("project_progress"),
    "workbook with a password": faults.encrypted_file("quota_releases"),
    "truncated .xlsx": faults.truncated_file("procurement"),
    "truncated .xls": faults.truncated_file("emall_orders"),
    "CSV called .xlsx": faults.wrong_extension("treasury_payments", "xlsx"),
    "workbook called .csv": faults.wrong_extension("survey", "csv"),
    "name that tells no kind": faults.nameless_file("service_indicators"),
    "two files of a kind": faults.second_file("working_paper"),
}
TABLES: dict[str, Fault] = {
    "no amounts": faults.missing_column("treasury_payments", "", "amount_yuan", "支付金额"),
    "no project codes": faults.missing_column("quota_releases", "指标下达", "project_code", "项目编码"),
    "no award dates": faults.missing_column("procurement", "采购项目", "awarded_on", "中标通知书日期"),
    "no order numbers": faults.missing_column("procurement", "服务合同台账", "order_no", "电子卖场订单编号"),
    "no statuses": faults.missing_column("project_progress", "实施进度", "status", "实施状态"),
    "no targets": faults.missing_column("service_indicators", "运维服务指标", "target", "年度目标值"),
    "no deductions": faults.missing_column("working_paper", "定性指标评分", "deduction", "扣分"),
    "no marks of secrecy": faults.missing_column("budget_plan", "建设计划", "is_classified", "是否涉密"),
    "no submission times": faults.missing_column("survey", "Sheet1", "submitted_at", "提交答卷时间"),
    "no budget": faults.missing_label("budget_yuan", "年初预算"),
    "unknown unit in a row": faults.unknown_unit("quota_releases", "指标下达"),
    "unknown unit in a header": faults.unknown_unit("treasury_payments", ""),
    "no unit row": faults.no_unit("procurement", "采购项目"),
    "no unit in a header": faults.no_unit("emall_orders", "订单"),
}
CELLS: dict[str, Fault] = {
    "voucher of an unknown project": faults.unknown_project("treasury_payments", ""),
    "release to an unknown project": faults.unknown_project("quota_releases", "指标下达"),
    "procurement for an unknown project": faults.unknown_project("procurement", "采购项目"),
    "service contract of an unknown project": faults.unknown_project("procurement", "服务合同台账"),
    "progress of an unknown project": faults.unknown_project("project_progress", "实施进度"),
    "day that does not exist": faults.bad_date("quota_releases", "指标下达", "released_on"),
    "day in words": faults.bad_date("procurement", "采购项目", "signed_on", "去年年底"),
    "day in a CSV": faults.bad_date("treasury_payments", "", "paid_on", "2024-02-30"),
    "amount in words": faults.bad_amount("quota_releases", "指标下达", "released_yuan"),
    "amount with a misplaced separator": faults.bad_amount("treasury_payments", "", "amount_yuan", "12,34.5"),
    "amount of a legacy workbook": faults.bad_amount("emall_orders", "订单", "order_yuan", "约三千"),
    "formula without a reference": faults.broken_formula("budget_plan", "建设计划", "planned_yuan"),
    "formula without a reference in .xls": faults.broken_formula("emall_orders", "订单", "order_yuan"),
    "required cell left empty": faults.empty_cell("quota_releases", "指标下达", "quota_doc_no"),
    "voucher number with two amounts": faults.conflicting_voucher,
    "approval of another year": faults.wrong_year,
    "approval of another fund": faults.wrong_fund,
    "missing judgement": faults.missing_judgement("A22"),
    "judgement beyond its weight": faults.excessive_judgement("B13"),
}
FAULTS = WHOLE_FILES | TABLES | CELLS
COMBINATIONS: dict[str, tuple[str, ...]] = {
    "one of every kind": (
        "missing survey",
        "workbook with a password",
        "truncated .xls",
        "no statuses",
        "no unit row",
        "day in a CSV",
        "formula without a reference",
        "missing judgement",
    ),
    "many cells of the same files": (
        "voucher of an unknown project",
        "day in a CSV",
        "amount with a misplaced separator",
        "voucher number with two amounts",
        "day that does not exist",
        "amount in words",
        "release to an unknown project",
        "required cell left empty",
        "progress of an unknown project",
    ),
    "nothing but names and bytes": (
        "empty CSV",
        "truncated .xlsx",
        "workbook called .csv",
        "name that tells no kind",
        "two files of a kind",
        "missing quota_releases",
    ),
}


def tells(problem: Problem, report: Report) -> bool:
    """Tell whether a reported problem names the place and says the words."""
    text = f"{problem} {problem.value}"
    return (
        report.file in ("", problem.file)
        and report.sheet in ("", problem.sheet)
        and report.row in (0, problem.row)
        and (not report.column or problem.column.split("(")[0] == report.column.split("(")[0])
        and all(word in text for word in report.says)
    )


def untold(spoiled: Spoiled, problems: list[Problem]) -> list[Report]:
    return [report for report in spoiled.reports if not any(tells(problem, report) for problem in problems)]


def run(spoiled: Spoiled, folder: Path, fund: str) -> Outcome:
    spoiled.write(folder / "sources")
    return evaluate(folder / "sources", folder / "out", fund, YEAR)


def test_the_year_itself_has_no_problem(tmp_path: Path, generated_fund: str) -> None:
    assert run(spoil(MADE), tmp_path, generated_fund).problems == []


@pytest.fixture(scope="module")
def read_without_fault(funds_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Storage of a run that has read the year as it is; a fault costs it the file it is in and what comes after."""
    folder = tmp_path_factory.mktemp("read")
    spoil(MADE).write(folder / "sources")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNDEVAL_FUNDS", str(funds_folder))
        read(folder / "sources", folder / "out", GENERATED_FUND, YEAR)
    return folder / "out"


@pytest.fixture(scope="module")
def alone(
    funds_folder: Path, read_without_fault: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Spoiled, Outcome]]:
    """Run a fund-year with one fault, once however many tests ask."""

    @cache
    def run_once(name: str) -> tuple[Spoiled, Outcome]:
        spoiled = spoil(MADE, FAULTS[name])
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FUNDEVAL_FUNDS", str(funds_folder))
            folder = tmp_path_factory.mktemp("alone")
            # With its times of change, by which the run knows the files it has read.
            shutil.copytree(read_without_fault, folder / "out")
            return spoiled, run(spoiled, folder, GENERATED_FUND)

    return run_once


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_told_and_nothing_is_published(
    name: str, alone: Callable[[str], tuple[Spoiled, Outcome]]
) -> None:
    spoiled, outcome = alone(name)
    assert untold(spoiled, outcome.problems) == [], "\n".join(map(str, outcome.problems))
    assert outcome.releases == []


@pytest.mark.parametrize("name", FAULTS)
def test_fault_brings_up_nothing_else(name: str, alone: Callable[[str], tuple[Spoiled, Outcome]]) -> None:
    """A clerk who reads of one mistake must not be sent after ten others that are none."""
    spoiled, outcome = alone(name)
    others = [p for p in outcome.problems if not any(tells(p, report) for report in spoiled.reports)]
    assert [str(problem) for problem in others] == []


@pytest.mark.parametrize("name", COMBINATIONS)
def test_all_faults_are_told_at_once(name: str, tmp_path: Path, generated_fund: str) -> None:
    spoiled = spoil(MADE, *(FAULTS[fault] for fault in COMBINATIONS[name]))
    outcome = run(spoiled, tmp_path, generated_fund)
    assert untold(spoiled, outcome.problems) == [], "\n".join(map(str, outcome.problems))
    assert outcome.releases == []


@pytest.mark.parametrize("habits", [PLAIN, ORNATE], ids=["plain", "ornate"])
def test_faults_are_told_whatever_the_habits_of_the_office(
    habits: object, tmp_path: Path, generated_fund: str
) -> None:
    made = generate(year=YEAR, habits=habits)  # type: ignore[arg-type]
    names = (
        "voucher of an unknown project",
        "day that does not exist",
        "amount in words",
        "missing judgement",
    )
    spoiled = spoil(made, *(FAULTS[name] for name in names))
    outcome = run(spoiled, tmp_path, generated_fund)
    assert untold(spoiled, outcome.problems) == [], "\n".join(map(str, outcome.problems))


def test_bytes_of_refused_files_are_kept(tmp_path: Path, generated_fund: str) -> None:
    names = ("workbook with a password", "truncated .xlsx", "day in a CSV")
    spoiled = spoil(MADE, *(FAULTS[name] for name in names))
    outcome = run(spoiled, tmp_path, generated_fund)
    for path in (tmp_path / "sources").iterdir():
        kept = outcome.context.rooms.archived(hashlib.sha256(path.read_bytes()).hexdigest())
        assert kept.read_bytes() == path.read_bytes()


def command(folder: Path, fund: str, *options: str) -> list[str]:
    sources, out = str(folder / "sources"), str(folder / "out")
    return ["run", "--fund", fund, "--year", str(YEAR), "--sources", sources, "--out", out, *options]


def test_command_ends_with_1_and_one_sentence_per_fault(tmp_path: Path, generated_fund: str) -> None:
    spoiled = spoil(MADE, *(FAULTS[fault] for fault in COMBINATIONS["one of every kind"]))
    spoiled.write(tmp_path / "sources")
    result = CliRunner().invoke(main, command(tmp_path, generated_fund))
    assert result.exit_code == 1
    for report in spoiled.reports:
        lines = [line for line in result.output.splitlines() if report.file in line]
        assert any(all(word in line for word in report.says) for line in lines), report
    assert "Traceback" not in result.output
    assert releases(tmp_path / "out", generated_fund, YEAR) == []


def test_command_tells_the_same_as_json(tmp_path: Path, generated_fund: str) -> None:
    spoiled = spoil(MADE, *(FAULTS[fault] for fault in COMBINATIONS["many cells of the same files"]))
    spoiled.write(tmp_path / "sources")
    result = CliRunner().invoke(main, command(tmp_path, generated_fund, "--json"))
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    fields = set(Problem.__dataclass_fields__)
    problems = [Problem(**{name: entry[name] for name in fields}) for entry in told["problems"]]
    assert told["ok"] is False
    assert untold(spoiled, problems) == []


def test_correcting_the_files_publishes_in_the_same_place(tmp_path: Path, generated_fund: str) -> None:
    refused = run(spoil(MADE, FAULTS["day in a CSV"]), tmp_path, generated_fund)
    assert refused.releases == []
    MADE.write(tmp_path / "sources")
    corrected = evaluate(tmp_path / "sources", tmp_path / "out", generated_fund, YEAR)
    assert corrected.release.metric("score") == MADE.expected.metrics["score"]
