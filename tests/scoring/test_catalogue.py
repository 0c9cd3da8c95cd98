"""What the catalogue of rules refuses, and what it says about a rule."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fundeval.core.errors import ConfigurationError
from fundeval.core.places import sql_folder
from fundeval.quality.catalogue import Catalogue, load_catalogue

RULE = "finished_late"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue of one rule."""
    (tmp_path / "examples").mkdir()
    source = sql_folder() / "checks"
    shutil.copy(source / f"{RULE}.sql", tmp_path)
    shutil.copy(source / "examples" / f"{RULE}.yaml", tmp_path / "examples")
    (tmp_path / "tables.yaml").write_text("{tables: {}, checks: []}", encoding="utf-8")
    rules = yaml.safe_load((source / "catalogue.yaml").read_text(encoding="utf-8"))["rules"]
    entry = next(rule for rule in rules if rule["id"] == RULE)
    write(tmp_path, {**entry, "related": []})
    return tmp_path


def entry_of(folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = yaml.safe_load((folder / "catalogue.yaml").read_text(encoding="utf-8"))["rules"][
        0
    ]
    return entry


def write(folder: Path, *entries: dict[str, Any]) -> None:
    (folder / "catalogue.yaml").write_text(
        yaml.safe_dump({"rules": list(entries)}, allow_unicode=True), encoding="utf-8"
    )


def examples(folder: Path, keep: Callable[[dict[str, Any]], bool]) -> None:
    file = folder / "examples" / f"{RULE}.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    kept = {"examples": [example for example in content["examples"] if keep(example)]}
    file.write_text(yaml.safe_dump(kept, allow_unicode=True), encoding="utf-8")


FAULTS: list[tuple[str, Callable[[Path], None], str]] = [
    ("an unknown severity", lambda f: write(f, {**entry_of(f), "severity": "fatal"}),
     "rules.0.severity.*不在允许的范围"),
    ("an entry without a law", lambda f: write(f, {k: v for k, v in entry_of(f).items() if k != "legal_basis"}),
     "legal_basis.*缺少必填项"),
    ("a rule without SQL", lambda f: (f / f"{RULE}.sql").unlink(), f"规则{RULE}没有SQL文件"),
    ("a rule without a test", lambda f: (f / "examples" / f"{RULE}.yaml").unlink(), f"规则{RULE}没有测试用例"),
    ("a rule no test of which finds anything", lambda f: examples(f, lambda e: not e.get("finds")),
     "没有查出问题的测试用例"),
    ("a rule no test of which passes", lambda f: examples(f, lambda e: bool(e.get("finds") or e.get("not_applicable"))),
     "没有通过的测试用例"),
    ("a rule that is never not applicable", lambda f: examples(f, lambda e: not e.get("not_applicable")),
     "没有不适用的测试用例"),
    ("a file without an entry", lambda f: (f / "stray.sql").write_text("select 1", encoding="utf-8"),
     "stray.sql没有列入目录"),
    ("a test without a rule", lambda f: (f / "examples" / "stray.yaml").write_text("examples: []", encoding="utf-8"),
     "stray.yaml没有对应的规则"),
    ("a rule listed twice", lambda f: write(f, entry_of(f), entry_of(f)), f"规则{RULE}重复列入"),
    ("a related rule that does not exist", lambda f: write(f, {**entry_of(f), "related": ["nowhere"]}),
     "nowhere不存在"),
]  # fmt: skip


def test_the_catalogue_of_one_rule_is_sound(folder: Path) -> None:
    assert [rule.id for rule in load_catalogue(folder).rules] == [RULE]


@pytest.mark.parametrize(
    ("spoil", "message"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_an_unsound_catalogue_is_refused(folder: Path, spoil: Callable[[Path], None], message: str) -> None:
    spoil(folder)
    with pytest.raises(ConfigurationError, match=message):
        load_catalogue(folder)


def test_a_rule_nobody_listed_is_told_the_listed_ones(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match=RULE):
        load_catalogue(folder)["nowhere"]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.mark.parametrize(
    ("rule", "year", "case", "law"),
    [
        ("contract_signed_late", 2024, "tender", "《中华人民共和国招标投标法》第四十六条"),
        ("contract_signed_late", 2024, "other", "《中华人民共和国政府采购法》第四十六条"),
        ("finished_late", 2020, None, "《中华人民共和国合同法》第六十条"),  # in force until the end of 2020
        ("finished_late", 2021, None, "《中华人民共和国民法典》第五百零九条"),
    ],
)
def test_a_finding_cites_the_law_of_its_year_and_case(
    catalogue: Catalogue, rule: str, year: int, case: str | None, law: str
) -> None:
    assert catalogue[rule].legal_text(year, case) == law


def test_every_rule_names_a_law_with_article(catalogue: Catalogue) -> None:
    for rule in catalogue.rules:
        assert rule.entry.legal_basis, rule.id
        assert all(basis.article for basis in rule.entry.legal_basis), rule.id


def test_every_statement_states_its_rule_grain_law_and_reason(catalogue: Catalogue) -> None:
    for rule in catalogue.rules:
        header = [line for line in rule.sql.splitlines() if line.startswith("--")]
        assert header[0].startswith(f"-- {rule.id}: ")
        for part in ("-- Grain:", "-- Law:", "-- Reason:"):
            assert any(line.startswith(part) for line in header), (rule.id, part)
