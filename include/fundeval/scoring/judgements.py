"""Judgements of the evaluators, from their working paper: read, and refused where they do not fit the scheme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.errors import InputError, Problem
from fundeval.core.funds import load_scheme
from fundeval.core.money import number_text
from fundeval.core.scheme import Indicator, Judgement, Scheme

_FILE, _SHEET = "评价工作底稿", "定性指标评分"


@dataclass(frozen=True)
class Judged:
    """What the evaluators decided on one indicator: points off (0 to its weight) and why."""

    deduction: Decimal
    basis: str


def read_judgements(
    rows: Iterable[Mapping[str, Any]], scheme: Scheme, needed: Iterable[Indicator]
) -> dict[str, Judged]:
    """Return the judgement on every indicator that needs one, by code.

    Args:
        rows: Rows of ``staging.judgements``.
        scheme: The scheme.
        needed: Indicators that are scored by judgement in this fund-year.

    Raises:
        InputError: A needed judgement is missing, outside 0 to the weight or given twice; or one is given for an
            indicator that is unknown or computed from data. All at once, each naming file, sheet and row.
    """
    listed = list(rows)
    wanted = {indicator.code: indicator for indicator in needed}
    problems = [*_missing(listed, wanted), *_misfits(listed, wanted, scheme), *_repeated(listed)]
    if problems:
        raise InputError(problems)
    return {row["indicator_code"]: Judged(row["deduction_points"], row["basis"] or "") for row in listed}


def missing_judgements(context: RunContext) -> list[Problem]:
    """Return the judgements the scheme always needs and the working paper lacks, before anything is scored.

    Nothing is said where the working paper could not be read: its own problems say so already.
    """
    if not context.run.has("staging", "judgements"):
        return []
    indicators = load_scheme(context.fund_year).scheme.indicators
    wanted: dict[str, Indicator] = {each.code: each for each in indicators if isinstance(each, Judgement)}
    return list(_missing(context.run.rows("staging", "judgements"), wanted))


def _missing(rows: Sequence[Mapping[str, Any]], wanted: Mapping[str, Indicator]) -> Iterator[Problem]:
    given = {row["indicator_code"] for row in rows}
    file = rows[0]["source_file"] if rows else _FILE
    sheet = rows[0]["source_sheet"] if rows else _SHEET
    for code, indicator in wanted.items():
        if code not in given:
            yield Problem(
                file=file,
                sheet=sheet,
                column="指标编码",
                value=code,
                code="judgement_missing",
                message=f"缺少指标{code}“{indicator.level3}”的评分。",
                remedy="请补充该指标一行,不扣分的填0,并写明评分依据。",
            )


def _misfits(
    rows: Iterable[Mapping[str, Any]], wanted: Mapping[str, Indicator], scheme: Scheme
) -> Iterator[Problem]:
    known = {indicator.code: indicator for indicator in scheme.indicators}
    for row in rows:
        code, points = row["indicator_code"], row["deduction_points"]
        if code not in known:
            yield _problem(row, "指标编码", code, "judgement_unknown", f"评价指标体系中没有指标{code}。",
                           "请对照评价指标体系核对指标编码。")  # fmt: skip
        elif code not in wanted:
            yield _problem(row, "指标编码", code, "judgement_not_expected",
                           f"指标{code}“{known[code].level3}”按数据计算得分,不接受人工评分。",
                           "请删除该行;对计算结果有异议的,请更正来源数据。")  # fmt: skip
        elif points is None or not 0 <= points <= known[code].weight:
            weight = number_text(known[code].weight)
            yield _problem(row, "扣分", "" if points is None else number_text(points), "judgement_out_of_range",
                           f"指标{code}“{known[code].level3}”的扣分应在0至{weight}分之间。",
                           "请更正扣分。")  # fmt: skip


def _repeated(rows: list[Mapping[str, Any]]) -> Iterator[Problem]:
    counts = Counter(row["indicator_code"] for row in rows)
    for row in rows:
        code = row["indicator_code"]
        if counts[code] > 1:
            yield _problem(row, "指标编码", code, "judgement_repeated", f"指标{code}的评分重复。",
                           "请只保留一行。")  # fmt: skip


def _problem(
    row: Mapping[str, Any], column: str, value: str, code: str, message: str, remedy: str
) -> Problem:
    return Problem.of_row(row, column=column, value=value, code=code, message=message, remedy=remedy)
