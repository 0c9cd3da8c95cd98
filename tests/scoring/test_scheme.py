"""Which scheme holds for a fund-year, and what makes a scheme unsound."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.errors import ConfigurationError
from fundeval.core.fundyear import FundYear
from fundeval.core.places import funds_folder
from fundeval.scoring.scheme import known_funds, load_scheme, scheme_years
from scoring.small import quantity, register, scheme_of

JUDGEMENT = {"code": "A1", "method": "judgement"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(tmp_path))
    return tmp_path


BUNDLED = [(fund, year) for fund in known_funds() for year in scheme_years(fund)]


def test_there_are_bundled_schemes() -> None:
    assert BUNDLED


@pytest.mark.parametrize(("fund", "year"), BUNDLED)
def test_every_bundled_scheme_is_sound(fund: str, year: int) -> None:
    held = load_scheme(FundYear(fund, year))
    assert sum(indicator.weight for indicator in held.scheme.indicators) == 100
    assert not held.is_fallback


@pytest.mark.parametrize(
    ("year", "scheme_year", "is_fallback"),
    [(2021, 2021, False), (2022, 2021, True), (2024, 2024, False), (2030, 2024, True)],
)
def test_a_year_takes_its_own_scheme_or_the_latest_earlier_one(
    folder: Path, year: int, scheme_year: int, is_fallback: bool
) -> None:
    register(folder, scheme_of([JUDGEMENT], year=2021), scheme_of([JUDGEMENT], year=2024))
    held = load_scheme(FundYear("small", year))
    assert (held.scheme_year, held.is_fallback) == (scheme_year, is_fallback)
    assert held.parameters()["year"] == year


def test_a_year_before_every_scheme_has_none(folder: Path) -> None:
    register(folder, scheme_of([JUDGEMENT], year=2021), scheme_of([JUDGEMENT], year=2024))
    with pytest.raises(ConfigurationError, match="2020年度或更早.*2021、2024"):
        load_scheme(FundYear("small", 2020))


def test_an_unknown_fund_is_told_the_known_ones(folder: Path) -> None:
    register(folder, scheme_of([JUDGEMENT]))
    with pytest.raises(ConfigurationError, match="“other”.*small"):
        load_scheme(FundYear("other", 2024))


def test_a_scheme_is_known_by_its_file_and_sha256(folder: Path) -> None:
    register(folder, scheme_of([JUDGEMENT]))
    identity = load_scheme(FundYear("small", 2025)).identity()
    digest = hashlib.sha256((folder / "small" / "scheme-2024.yaml").read_bytes()).hexdigest()
    assert identity == {
        "fund": "small",
        "title": "小样",
        "year": 2024,
        "is_fallback": True,
        "file": "scheme-2024.yaml",
        "sha256": digest,
    }


RATIO = {
    "code": "B1",
    "method": "ratio",
    "when_nothing": "full",
    "numerator": quantity("paid_yuan"),
    "denominator": quantity("released_yuan"),
}
PER_EVENT = {"code": "C1", "method": "deduct_per_event", "deducts": ["not_completed"], "points": 1}
BANDS = {**RATIO, "method": "bands"}

UNSOUND: list[tuple[str, list[dict[str, Any]], dict[str, Any], str]] = [
    ("weights do not sum to 100", [{**JUDGEMENT, "weight": 99}], {}, "合计为99分,应为100分"),
    ("a code comes twice", [{**JUDGEMENT, "weight": 50}, {**JUDGEMENT, "weight": 50}], {}, "指标编码A1重复"),
    ("an unknown method", [{**JUDGEMENT, "method": "guess"}], {}, "indicators.0.*guess"),
    ("no method", [{"code": "A1"}], {}, "indicators.0"),
    ("an unknown rule", [{**PER_EVENT, "deducts": ["no_such_rule"]}], {}, "没有名为no_such_rule的规则"),
    ("an unknown key", [{**JUDGEMENT, "wieght": 1}], {}, "wieght.*不认识的项"),
    ("a rate that does not say what holds without a denominator",
     [{key: value for key, value in RATIO.items() if key != "when_nothing"}], {}, "when_nothing.*缺少必填项"),
    ("a negative weight", [{**JUDGEMENT, "weight": -1}], {}, "weight.*应大于0"),
    ("bands that do not fall", [{**BANDS, "bands": [{"at_least_pct": 60, "deduction": 1},
     {"at_least_pct": 90, "deduction": 0}]}], {}, "从高到低"),
    ("a category the plan cannot name", [{**PER_EVENT, "categories": ["没有这类"]}], {}, "没有这类.*不在建设类别清单"),
    ("one finding for two indicators", [{**PER_EVENT, "weight": 50}, {**PER_EVENT, "code": "C2", "weight": 50}], {},
     "not_completed的同一事项会同时计入指标C1和C2"),
    ("grades without a floor", [JUDGEMENT], {"grades": [{"grade": "差", "at_least": 1}]}, "最低一级从0分起"),
    ("a veto into a grade that does not exist", [JUDGEMENT], {"vetoed_grade": "丁"}, "否决后的等级“丁”"),
    ("another fund's file", [JUDGEMENT], {"fund": "other"}, "应与所在文件夹和文件名一致"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("indicators", "changes", "message"), [case[1:] for case in UNSOUND], ids=[c[0] for c in UNSOUND]
)
def test_an_unsound_scheme_is_refused(
    folder: Path, indicators: list[dict[str, Any]], changes: dict[str, Any], message: str
) -> None:
    register(folder, scheme_of(indicators, **changes))
    with pytest.raises(ConfigurationError, match=message):
        load_scheme(FundYear("small", 2024))


def test_every_fault_is_told_at_once(folder: Path) -> None:
    register(folder, scheme_of([{**JUDGEMENT, "weight": 1}, {**JUDGEMENT, "weight": 1}], vetoed_grade="丁"))
    with pytest.raises(ConfigurationError) as error:
        load_scheme(FundYear("small", 2024))
    for part in ("合计为2分", "指标编码A1重复", "否决后的等级"):
        assert part in str(error.value)


def test_a_key_written_twice_is_refused_instead_of_the_last_one_winning(folder: Path) -> None:
    register(folder, scheme_of([JUDGEMENT]))
    file = folder / "small" / "scheme-2024.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "year: 2024\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="重复的项:year"):
        load_scheme(FundYear("small", 2024))


def test_a_broken_file_is_a_configuration_error(folder: Path) -> None:
    register(folder, scheme_of([JUDGEMENT]))
    (folder / "small" / "scheme-2024.yaml").write_text("fund: [", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="scheme-2024.yaml.*读不了"):
        load_scheme(FundYear("small", 2024))


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        ("100", "优"),
        ("90", "优"),
        ("89.99", "良"),
        ("80", "良"),
        ("79.99", "中"),
        ("60", "中"),
        ("59.99", "差"),
        ("0", "差"),
    ],
)
def test_a_grade_begins_at_its_edge(specimen: Any, score: str, grade: str) -> None:
    assert specimen.scheme.grade_of(Decimal(score)) == grade


def test_the_bundled_funds_are_those_of_the_repository() -> None:
    assert all((funds_folder() / fund / "fund.yaml").is_file() for fund in known_funds())
