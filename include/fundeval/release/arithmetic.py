"""The arithmetic gate: no one may compute the money of a single classified project from what is published.

What is published of classified projects is their number and the sums over all of them. Whoever subtracts finds
more wherever a published total covers fewer of them. The gate sets up every equation the tables give between the
unknown amounts, bounds each unknown by linear programming, and refuses where an amount is pinned down or where a
published sum is in truth one project's amount. Rules and reasons: docs/decisions/0020-classified-arithmetic.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linprog  # type: ignore[import-untyped]

from fundeval.core.engine import engine, query
from fundeval.core.errors import DisclosureError
from fundeval.core.rooms import RunFolder
from fundeval.release.dictionary import Dictionary
from fundeval.release.fields import Dataset, Row

MEASURES: Mapping[str, str] = {
    "planned": "计划投资",
    "applied": "申请金额",
    "released": "下达金额",
    "paid": "支付金额",
    "carry_over": "结转金额",
}
# A carry-over is the difference of two sums that each have contributors enough of their own.
_COUNTED_MEASURES = ("planned", "applied", "released", "paid")
# With fewer contributors than this a sum is somebody's amount.
FEWEST_CONTRIBUTORS = 2
# An amount known to within a tenth of the sum it is part of is as good as known.
NARROWEST_SHARE = 0.10

_TABLES_READ = ("plan_projects", "releases", "vouchers")


@dataclass(frozen=True)
class Equation:
    """A sum of unknown amounts that anyone can compute from published tables.

    Attributes:
        measure: Which amount is summed.
        projects: Positions of the classified projects it covers.
        total: The sum in 元.
        where: Chinese words for where it comes from.
    """

    measure: str
    projects: frozenset[int]
    total: Decimal
    where: str


def require_undisclosed(
    run: RunFolder, dataset: Dataset, dictionary: Dictionary, earlier: Mapping[int, Dataset]
) -> None:
    """Refuse a dataset from which one classified project's money can be computed.

    Args:
        run: The run, for the truth about its classified projects.
        dataset: The tables about to be published.
        dictionary: The dictionary of fields.
        earlier: Version → tables of every release of the fund-year so far, withdrawn ones included.

    Raises:
        DisclosureError: Naming measures and tables, never a project or an amount.
    """
    projects = classified_money(run)
    sums = _sums(dataset, dictionary)
    equations = [*_equations(dataset, dictionary, projects)]
    problems = [
        *_counted(projects, sums),
        *_pinned(len(projects), [str(row["unit_name"]) for row in projects], equations),
        *_differences(sums, _count(dataset), dictionary, earlier),
    ]
    if problems:
        raise DisclosureError(
            "由公布的数字可以算出单个涉密项目的金额,不予发布:" + ";".join(dict.fromkeys(problems)) + "。"
        )


def classified_money(run: RunFolder) -> list[dict[str, Any]]:
    """Return code, unit and amounts in 元 of every classified project of a run."""
    sql = Path(__file__).with_name("classified_money.sql").read_text(encoding="utf-8")
    days = {"first_day": run.fund_year.first_day, "last_day": run.fund_year.last_day}
    with engine(run, layers=("staging", "restricted")) as connection:
        for table in _TABLES_READ:
            if not run.has("restricted", table):
                connection.execute(
                    f"create view restricted.{table} as select * from staging.{table} where false"
                )
        rows: list[dict[str, Any]] = query(connection, sql, days).to_pylist()
    return rows


def _sums(dataset: Dataset, dictionary: Dictionary) -> dict[str, Decimal]:
    """Return what is published of the classified projects together; zeros where nothing is."""
    row = next((row for row in dataset["projects"] if row["project_code"] == dictionary.classified.key), None)
    return {measure: _amount(row, measure) for measure in MEASURES}


def _count(dataset: Dataset) -> int:
    metrics = {row["metric"]: row["value"] for row in dataset["metrics"]}
    return int(str(metrics["projects_classified"]))


def _counted(projects: list[dict[str, Any]], sums: Mapping[str, Decimal]) -> Iterator[str]:
    """Find sums that one project alone makes up."""
    for measure in _COUNTED_MEASURES:
        contributors = sum(1 for project in projects if project[measure])
        if sums[measure] and contributors < FEWEST_CONTRIBUTORS:
            yield f"涉密项目的{MEASURES[measure]}合计只来自{contributors}个项目"


def _equations(
    dataset: Dataset, dictionary: Dictionary, projects: list[dict[str, Any]]
) -> Iterator[Equation]:
    sealed = dictionary.classified.key
    public = [row for row in dataset["projects"] if row["project_code"] != sealed]
    everyone = frozenset(range(len(projects)))
    metrics = {row["metric"]: row["value"] for row in dataset["metrics"]}
    for measure, total in _sums(dataset, dictionary).items():
        yield Equation(measure, everyone, total, "projects 的涉密合计行")
        if metrics.get(measure) is not None:
            rest = Decimal(str(metrics[measure])) - _sum(public, measure)
            yield Equation(measure, everyone, rest, f"metrics 的 {measure} 减去公开项目")
    for row in dataset["units"]:
        of_unit = [project for project in public if project["unit"] == row["unit"]]
        for measure in MEASURES.keys() & row.keys():
            rest = _amount(row, measure) - _sum(of_unit, measure)
            hidden = frozenset(
                at for at, project in enumerate(projects) if project["unit_name"] == row["unit"]
            )
            # A rest of nothing means the unit's row covers public projects only: it says nothing of others.
            if rest and row["unit"] != sealed:
                yield Equation(measure, hidden, rest, f"units 中一个单位的{MEASURES[measure]}减去其公开项目")


def _pinned(count: int, groups: list[str], equations: list[Equation]) -> Iterator[str]:
    """Find amounts that the equations bound too narrowly; projects of one unit have the same bounds."""
    if not count:
        return
    columns = {
        (at, measure): at * len(MEASURES) + rank
        for at in range(count)
        for rank, measure in enumerate(MEASURES)
    }
    scale = max((abs(float(equation.total)) for equation in equations), default=0.0) or 1.0
    matrix, totals = _system(count, columns, equations, scale)
    for at in sorted({group: at for at, group in enumerate(groups)}.values()):
        for measure, name in MEASURES.items():
            whole = (
                max((abs(float(one.total)) for one in equations if one.measure == measure), default=0.0)
                / scale
            )
            if whole and _width(matrix, totals, columns[at, measure]) <= NARROWEST_SHARE * whole:
                sources = "、".join(
                    dict.fromkeys(one.where for one in equations if one.measure == measure and one.total)
                )
                yield f"{name}可由{sources}推出"


def _system(
    count: int, columns: Mapping[tuple[int, str], int], equations: list[Equation], scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the equations as a matrix: the published sums, and carry-over = released − paid of each project."""
    matrix = np.zeros((len(equations) + count, len(columns)))
    totals = np.zeros(len(equations) + count)
    for row, equation in enumerate(equations):
        totals[row] = float(equation.total) / scale
        for at in equation.projects:
            matrix[row, columns[at, equation.measure]] = 1.0
    for at in range(count):
        for measure, sign in (("released", 1.0), ("paid", -1.0), ("carry_over", -1.0)):
            matrix[len(equations) + at, columns[at, measure]] = sign
    return matrix, totals


def _width(matrix: np.ndarray, totals: np.ndarray, column: int) -> float:
    """Return how far apart the least and the greatest value of one unknown are that the equations allow.

    Equations that contradict each other give no bounds at all; the audit of sums finds them, here they count as
    disclosing, because a difference that should be zero is a number about somebody.
    """
    objective = np.zeros(matrix.shape[1])
    objective[column] = 1.0
    least = linprog(objective, A_eq=matrix, b_eq=totals, bounds=(0, None))
    greatest = linprog(-objective, A_eq=matrix, b_eq=totals, bounds=(0, None))
    if least.status == _INFEASIBLE or greatest.status == _INFEASIBLE:
        return 0.0
    unbounded = greatest.status == _UNBOUNDED
    return float("inf") if unbounded else float(-greatest.fun - least.fun)


_INFEASIBLE = 2
_UNBOUNDED = 3


def _differences(
    sums: Mapping[str, Decimal], count: int, dictionary: Dictionary, earlier: Mapping[int, Dataset]
) -> Iterator[str]:
    """Find earlier releases whose sums cover one classified project more or less: the difference is its money."""
    for version, dataset in earlier.items():
        if abs(_count(dataset) - count) == 1 and _sums(dataset, dictionary) != sums:
            yield f"涉密项目数与第 {version} 版相差一个,两版相减即得该项目的金额"


def _sum(rows: Iterable[Row], measure: str) -> Decimal:
    return sum((_amount(row, measure) for row in rows), Decimal(0))


def _amount(row: Row | None, measure: str) -> Decimal:
    value = row[measure] if row else None
    return Decimal(0) if value is None else Decimal(str(value))
