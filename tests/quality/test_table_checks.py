"""What the catalogue refuses about checks of columns and tables; Great Expectations and our SQL agree on each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fundeval.core.engine import engine
from fundeval.core.errors import ConfigurationError
from fundeval.core.funds import load_scheme
from fundeval.quality.catalogue import Rule, load_catalogue
from fundeval.quality.data_docs import DataDocs
from fundeval.quality.expectations import validator_of
from fundeval.quality.rules import examine, show_whole
from quality.staged_gate import FUND_YEAR, FUNDS
from support.staged import context_of, stage

CHECKS = [rule for rule in load_catalogue().rules if rule.check]
NATIVE = [rule for rule in CHECKS if rule.check and rule.check.is_native]

CHECK: dict[str, Any] = {
    "id": "plan_amount",
    "version": 1,
    "title": "计划投资为负数",
    "message": "计划投资不能为负数。",
    "remedy": "请核对计划投资。",
    "severity": "critical",
    "topic": "money",
    "table": "plan_projects",
    "check": "condition",
    "column": "planned_yuan",
    "fails": "planned_yuan < 0",
}
TABLE: dict[str, Any] = {
    "title": "建设计划",
    "identity": "project_code",
    "scope": "project",
    "owner": "绩效评价组",
    "legal_basis": [{"title": "中华人民共和国预算法", "article": "第五十七条"}],
}
EXAMPLES = [
    {
        "reason": "负数",
        "tables": {"staging.plan_projects": [{"planned_yuan": "-1.00"}]},
        "finds": [{"source_row": 1}],
    },
    {"reason": "正数", "tables": {"staging.plan_projects": [{"planned_yuan": "1.00"}]}},
    {"reason": "没有", "tables": {}, "not_applicable": "没有建设计划的数据"},
]


def write(
    folder: Path, check: dict[str, Any], table: dict[str, Any] = TABLE, name: str = "plan_projects"
) -> None:
    (folder / "catalogue.yaml").write_text("rules: []", encoding="utf-8")
    content = {"tables": {name: table}, "checks": [check]}
    (folder / "tables.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue of one check of a column."""
    (tmp_path / "examples").mkdir()
    file = tmp_path / "examples" / "plan_amount.yaml"
    file.write_text(yaml.safe_dump({"examples": EXAMPLES}, allow_unicode=True), encoding="utf-8")
    write(tmp_path, CHECK)
    return tmp_path


def test_the_catalogue_of_one_check_is_sound(folder: Path) -> None:
    (rule,) = load_catalogue(folder).rules
    assert (rule.id, rule.entry.scope, rule.phase) == ("plan_amount", "project", "gate")
    assert rule.legal_text(2024, None) == "《中华人民共和国预算法》第五十七条"


FAULTS: list[tuple[str, Callable[[Path], None], str]] = [
    ("an unknown severity", lambda f: write(f, {**CHECK, "severity": "fatal"}), "severity.*不在允许的范围"),
    ("an unknown kind of check", lambda f: write(f, {**CHECK, "check": "guess"}), "check.*不在允许的范围"),
    ("a condition without SQL", lambda f: write(f, {**CHECK, "fails": ""}), "condition 缺少参数"),
    ("a list without values", lambda f: write(f, {**CHECK, "check": "in_set"}), "in_set 缺少参数"),
    ("a key without columns", lambda f: write(f, {**CHECK, "check": "unique"}), "unique 缺少参数"),
    ("a table nobody described", lambda f: write(f, CHECK, name="vetoes"), "没有说明的表:plan_projects"),
    ("a table without a law", lambda f: write(f, CHECK, {**TABLE, "legal_basis": []}), "至少应有1项"),
    ("a table without an owner", lambda f: write(f, CHECK, {**TABLE, "owner": ""}), "owner.*不能为空"),
    ("a check without a test", lambda f: (f / "examples" / "plan_amount.yaml").unlink(), "没有测试用例"),
    ("a related rule that does not exist", lambda f: write(f, {**CHECK, "related": ["nowhere"]}), "nowhere不存在"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "message"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_an_unsound_check_is_refused(folder: Path, spoil: Callable[[Path], None], message: str) -> None:
    spoil(folder)
    with pytest.raises(ConfigurationError, match=message):
        load_catalogue(folder)


@pytest.mark.parametrize("rule", NATIVE, ids=lambda rule: rule.id)
def test_great_expectations_and_our_sql_find_the_same(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(FUNDS))
    for number, example in enumerate(rule.examples):
        if example.not_applicable:
            continue
        run = context_of(tmp_path / str(number), FUND_YEAR).run
        stage(run, example.tables)
        with engine(run, layers=("staging", "restricted")) as connection:
            show_whole(connection)
            made = examine(connection, rule, load_scheme(FUND_YEAR).parameters(), FUND_YEAR.year)
        with validator_of(run, DataDocs(run, load_catalogue())) as validator:
            (verdict,) = validator.check_columns([rule])
        assert verdict.success == (made.outcome == "pass")
        assert verdict.rows_wrong in (None, len(made.rows))


def test_no_check_tells_a_value_a_contract_calls_sensitive() -> None:
    """The statements themselves: a sensitive column is never selected as what was found or as identity."""
    shown = {rule.id: rule.sql for rule in CHECKS if "procurement_no::varchar" in rule.sql}
    assert shown == {}
    assert any("null::varchar as found" in rule.sql for rule in CHECKS)


def test_classified_rows_are_told_by_nothing_but_their_place() -> None:
    for rule in CHECKS:
        selected = rule.sealed_sql.split("\nfrom restricted.")[0]
        assert "project_code::" not in selected
        assert not selected or "null::varchar as found" in selected
