"""Every published number computed once more from the published rows, before anyone may see them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundeval.core.errors import ReleaseError
from fundeval.core.money import rate_pct
from fundeval.core.scheme import Scheme
from fundeval.release.dataset import WORKBOOK
from fundeval.release.dictionary import Dictionary
from fundeval.release.editions.tables import read_csv, read_dataset
from fundeval.release.editions.workbook import read_workbook
from fundeval.release.fields import Dataset, Row
from fundeval.release.metrics import value_text

_ZERO = Decimal(0)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_MONEY = ("released", "paid", "carry_over")


def require_derivable(folder: Path, dictionary: Dictionary, scheme: Scheme) -> Dataset:
    """Read a published dataset back and derive every number in it anew.

    Args:
        folder: The ``dataset`` folder as it would be published.
        dictionary: The dictionary of fields.
        scheme: The scheme of the evaluation: which answers count as satisfied, which score earns which grade.

    Returns:
        The dataset as read back.

    Raises:
        ReleaseError: Editions differ or a number does not follow from the rows; every such number is named.
    """
    dataset = read_dataset(folder, dictionary)
    problems = [
        *_edition_problems(folder, dictionary, dataset),
        *_Audit(dataset, dictionary, scheme).problems(),
    ]
    if problems:
        raise ReleaseError("数据集复核不一致,不予发布:" + ";".join(problems) + "。")
    return dataset


def _edition_problems(folder: Path, dictionary: Dictionary, dataset: Dataset) -> Iterator[str]:
    workbook = read_workbook(dictionary, folder / WORKBOOK)
    for name, table in dictionary.tables.items():
        if read_csv(table, folder / f"{name}.csv") != dataset[name]:
            yield f"{name}.csv 与 {name}.parquet 内容不同"
        if workbook[name] != dataset[name]:
            yield f"{WORKBOOK} 的工作表“{table.title}”与 {name}.parquet 内容不同"


class _Audit:
    """The published rows, held against each other."""

    def __init__(self, dataset: Dataset, dictionary: Dictionary, scheme: Scheme) -> None:
        self._dataset = dataset
        self._dictionary = dictionary
        self._scheme = scheme
        self._metrics = {str(row["metric"]): row for row in dataset["metrics"]}
        sealed = dictionary.classified.key
        self._public = [row for row in dataset["projects"] if row["project_code"] != sealed]
        self._sealed_units = [row for row in dataset["units"] if row["unit"] == sealed]

    def problems(self) -> Iterator[str]:
        """Return one Chinese phrase per contradiction."""
        missing = [metric.metric for metric in self._dictionary.metrics if metric.metric not in self._metrics]
        if missing:
            yield f"缺少指标 {'、'.join(missing)}"
            return
        yield from self._rows()
        yield from self._units()
        yield from self._months()
        yield from self._references()
        yield from self._figures()
        yield from self._grade()

    def _rows(self) -> Iterator[str]:
        """Check what each row says of itself."""
        for name, key in (("projects", "project_code"), ("units", "unit")):
            for row in self._dataset[name]:
                if row["carry_over"] != _number(row, "released") - _number(row, "paid"):
                    yield f"{name} {row[key]} 的结转不等于下达减支付"
                if row["execution_rate"] != rate_pct(_number(row, "paid"), _number(row, "released")):
                    yield f"{name} {row[key]} 的预算执行率不等于支付除以下达"
        for indicator in self._dataset["indicators"]:
            if indicator["deduction"] != _number(indicator, "weight") - _number(indicator, "score"):
                yield f"指标 {indicator['code']} 的扣分不等于分值减得分"
        for service in self._dataset["services"]:
            if service["is_met"] != self._is_met(service):
                yield f"服务指标“{service['indicator_name']}”是否达标与其数值不符"

    def _is_met(self, service: Row) -> bool:
        """Tell whether the actual value stands in the published relation to the target."""
        relations = self._dictionary.codes["target_operator"]
        relation = next(code for code, word in relations.items() if word == service["target_operator"])
        actual = service["actual_value"]
        return actual is not None and _COMPARE[relation](actual, service["target_value"])

    def _units(self) -> Iterator[str]:
        """Check that units are the sums of their projects, the classified ones those of their own row."""
        by_unit: dict[Any, list[Row]] = {}
        for row in self._dataset["projects"]:
            by_unit.setdefault(row["unit"] or row["project_code"], []).append(row)
        units = {row["unit"]: row for row in self._dataset["units"]}
        for unit in sorted({*by_unit, *units}, key=str):
            projects, total = by_unit.get(unit, []), units.get(unit)
            is_sealed = unit == self._dictionary.classified.key
            if (
                total is None
                or (total["projects"] != len(projects) and not is_sealed)
                or any(_sum(projects, name) != total[name] for name in _MONEY)
            ):
                yield f"单位“{unit}”与其项目合计不符"

    def _months(self) -> Iterator[str]:
        months = self._dataset["months"]
        if len({row["month"] for row in months}) != 12:
            yield f"分月支付应有 12 个月,实有 {len(months)} 行"
        if _sum(months, "paid") != self._value("paid"):
            yield "各月支付之和不等于累计支付"

    def _references(self) -> Iterator[str]:
        projects = {None, *(row["project_code"] for row in self._public)}
        indicators = {None, *(row["code"] for row in self._dataset["indicators"])}
        for row in self._dataset["findings"]:
            if row["project_code"] not in projects or row["indicator"] not in indicators:
                yield f"规则 {row['rule']} 的一个问题指向不存在的项目或指标"

    def _figures(self) -> Iterator[str]:
        derived = self._derived()
        for metric in self._dictionary.metrics:
            row = self._metrics[metric.metric]
            if metric.kind == "rate":
                numerator, denominator = derived[metric.metric]
                if (_number(row, "numerator"), _number(row, "denominator")) != (numerator, denominator):
                    yield f"指标 {metric.metric} 的分子分母与各表不符"
                if row["value"] != value_text(metric, rate_pct(numerator, denominator)):
                    yield f"指标 {metric.metric} 不等于分子除以分母"
            elif metric.metric in derived and row["value"] != value_text(metric, derived[metric.metric]):
                yield f"指标 {metric.metric} 为 {row['value']},由各表得出的是 {derived[metric.metric]}"

    def _grade(self) -> Iterator[str]:
        score, grade = self._value("score"), self._metrics["grade"]["value"]
        earned = next(step.grade for step in self._scheme.grades if score >= step.at_least)
        if grade not in {earned, self._scheme.vetoed_grade}:
            yield f"等级为“{grade}”,按得分应为“{earned}”"

    def _derived(self) -> dict[str, Any]:
        """Return every figure the tables give: a value, or numerator and denominator of a rate.

        The budget, the number of respondents and the plan's lag stand in no other table.
        """
        projects, services = self._dataset["projects"], self._dataset["services"]
        money = {name: _sum(projects, name) for name in ("applied", *_MONEY)}
        classified = _sum(self._sealed_units, "projects")
        return {
            **money,
            **self._settlement(),
            **self._quality(),
            "unreleased": self._value("budget") - money["released"],
            "arrival_rate": (money["released"], money["applied"]),
            "execution_rate": (money["paid"], money["released"]),
            "satisfaction_rate": self._satisfaction(),
            "projects": len(self._public) + classified,
            "projects_new": self._value("projects") - self._value("projects_continuing"),
            "projects_classified": classified,
            "service_indicators": len(services),
            "service_indicators_met": sum(self._is_met(row) for row in services),
            "score": _sum(self._dataset["indicators"], "score"),
        }

    def _settlement(self) -> dict[str, Any]:
        columns = ("settlement_planned", "settlement_audited")
        settled = [row for row in self._public if all(row[name] is not None for name in columns)]
        planned, audited = (_sum(settled, name) for name in columns)
        return {"settled_projects": len(settled), "cost_saving_rate": (planned - audited, planned)}

    def _quality(self) -> dict[str, Any]:
        failed = self._dictionary.codes["check_result"]["failed"]
        results = [(row["acceptance_result"], row["test_result"]) for row in self._public]
        checked = [pair for pair in results if pair != (None, None)]
        passed = [pair for pair in checked if failed not in pair]
        return {
            "quality_checked": len(checked),
            "quality_passed": len(passed),
            "quality_rate": (Decimal(len(passed)), Decimal(len(checked))),
        }

    def _satisfaction(self) -> tuple[Decimal, Decimal]:
        # Below the scheme's floor of responses the rate is 不可计算: nothing is divided by nothing.
        if self._value("respondents") < (self._scheme.watch.min_respondents or 0):
            return _ZERO, _ZERO
        kind = self._dictionary.codes["question_type"]["satisfaction"]
        asked = [row for row in self._dataset["survey"] if row["question_type"] == kind]
        satisfied = [row for row in asked if row["option_text"] in self._scheme.thresholds.satisfied_options]
        return _sum(satisfied, "answers"), _sum(asked, "answers")

    def _value(self, metric: str) -> Decimal:
        return _number(self._metrics[metric], "value")


def _sum(rows: Iterable[Row], name: str) -> Decimal:
    return sum((_number(row, name) for row in rows), _ZERO)


def _number(row: Row, name: str) -> Decimal:
    value = row[name]
    return _ZERO if value is None else Decimal(str(value))
