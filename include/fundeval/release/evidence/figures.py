"""What every metric, indicator and finding is made of, from dictionary, scheme and the published rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from fundeval.core.funds import FundScheme
from fundeval.core.money import number_text
from fundeval.core.scheme import (
    AnyIndicator,
    Bands,
    DeductIfAny,
    DeductPerEvent,
    Judgement,
    Ratio,
    Saving,
    Share,
)
from fundeval.quality.catalogue import Catalogue, load_catalogue
from fundeval.release.dictionary import Dictionary, Metric
from fundeval.release.fields import Dataset, Row, plain
from fundeval.report.provenance import Figure, Part, Place

Facts = Mapping[str, Any]
VETOES = Part(role="value", sign=1, fact="vetoes", title="否决事项")


def figures_of(dataset: Dataset, dictionary: Dictionary, holding: FundScheme, facts: Facts) -> list[Figure]:
    """Return every published metric, indicator and finding with what it is made of.

    Args:
        dataset: The tables that are published.
        dictionary: The dictionary of fields.
        holding: The scheme that holds for the fund-year.
        facts: The row of ``marts.fund_facts``.
    """
    book = _Book(dataset, dictionary, holding, facts, load_catalogue())
    return [*book.metrics(), *book.indicators(), *book.findings()]


class _Book:
    """The figures of one dataset."""

    def __init__(
        self,
        dataset: Dataset,
        dictionary: Dictionary,
        holding: FundScheme,
        facts: Facts,
        catalogue: Catalogue,
    ) -> None:
        self._dataset = dataset
        self._dictionary = dictionary
        self._scheme = holding.scheme
        self._facts = facts
        self._catalogue = catalogue

    def metrics(self) -> Iterator[Figure]:
        """Give the metrics in the order of the dictionary."""
        published = {row["metric"]: row for row in self._dataset["metrics"]}
        for metric in self._dictionary.metrics:
            row = published[metric.metric]
            yield Figure(
                figure=metric.metric,
                kind="metric",
                title=metric.title,
                formula=metric.definition,
                value=_text(row["value"]),
                unit=metric.unit,
                numerator=_text(row["numerator"]),
                denominator=_text(row["denominator"]),
                parts=tuple(self._metric_parts(metric)),
                rests_on=self._metric_rests_on(metric),
            )

    def indicators(self) -> Iterator[Figure]:
        """Give the indicators in the order of the scheme."""
        for row in self._dataset["indicators"]:
            code = str(row["code"])
            indicator = next(one for one in self._scheme.indicators if one.code == code)
            yield Figure(
                figure=code,
                kind="indicator",
                title=str(row["level3"]),
                formula=formula_of(indicator, self._catalogue),
                value=_text(row["score"]),
                unit="分",
                numerator=_text(row["numerator"]),
                denominator=_text(row["denominator"]),
                parts=tuple(self._indicator_parts(indicator)),
                rests_on=tuple(
                    f"finding-{number}"
                    for number, finding in enumerate(self._dataset["findings"], 1)
                    if finding["indicator"] == code
                ),
            )

    def findings(self) -> Iterator[Figure]:
        """Give the findings in their published order."""
        for number, row in enumerate(self._dataset["findings"], 1):
            title = self._catalogue[str(row["rule"])].entry.title
            compared = (
                f"实际为{row['found']},应为{row['expected']}" if row["found"] and row["expected"] else ""
            )
            yield Figure(
                figure=f"finding-{number}",
                kind="finding",
                title=title,
                formula=";".join(part for part in (str(row["detail"]), compared) if part),
                value=_text(row["difference"]),
                unit=_text(row["difference_unit"]),
                law=_text(row["legal_basis"]),
                rests_on=(str(row["indicator"]),) if row["indicator"] else (),
                place=_place(row),
            )

    def _metric_parts(self, metric: Metric) -> Iterator[Part]:
        if metric.kind == "grade":
            yield VETOES
        elif metric.kind == "rate":
            yield from self._parts("numerator", metric.numerator)
            if metric.less:
                yield from self._parts("numerator", f"-{metric.less}")
            yield from self._parts("denominator", metric.denominator)
        elif metric.kind != "score":
            yield from self._parts("value", metric.value)

    def _metric_rests_on(self, metric: Metric) -> tuple[str, ...]:
        if metric.kind == "grade":
            return ("score",)
        codes = (str(row["code"]) for row in self._dataset["indicators"])
        return tuple(codes) if metric.kind == "score" else ()

    def _indicator_parts(self, indicator: AnyIndicator) -> Iterator[Part]:
        judged = isinstance(indicator, Judgement)
        if isinstance(indicator, Ratio | Share | Saving | Bands):
            # What a saving publishes as numerator is what is left of the denominator.
            if isinstance(indicator, Saving):
                yield from self._parts("numerator", indicator.denominator.fact)
                yield from self._parts("numerator", f"-{indicator.numerator.fact}")
            else:
                yield from self._parts("numerator", indicator.numerator.fact)
            yield from self._parts("denominator", indicator.denominator.fact)
            known = self._facts[indicator.numerator.fact] is not None
            nothing = not known or not self._facts[indicator.denominator.fact]
            judged = nothing and indicator.when_nothing == "judgement"
        if judged:
            yield Part(
                role="value", sign=-1, fact=f"judgement:{indicator.code}", title="评价人员在工作底稿中的扣分"
            )

    def _parts(self, role: Any, signed: str) -> Iterator[Part]:
        """Give a fact, or the facts it is the sum of, with signs."""
        name, taken_off = signed.removeprefix("-"), signed.startswith("-")
        fact = self._dictionary.facts[name]
        for part in fact.of or (name,):
            bare = part.removeprefix("-")
            amount = self._facts[bare]
            known = self._dictionary.facts[bare]
            yield Part(
                role=role,
                sign=-1 if taken_off != part.startswith("-") else 1,
                fact=bare,
                title=known.title,
                amount="" if amount is None else f"{plain(Decimal(amount)):f}",
                withheld=self._withheld(known.withheld),
            )

    def _withheld(self, rows: Any) -> Any:
        """Without classified projects no row of theirs is withheld."""
        sealed = any(
            row["project_code"] == self._dictionary.classified.key for row in self._dataset["projects"]
        )
        return rows if rows != "classified" or sealed else ""


def formula_of(indicator: AnyIndicator, catalogue: Catalogue) -> str:
    """Return how an indicator is scored, as one Chinese sentence."""
    match indicator:
        case Judgement():
            return "分值减去评价人员在工作底稿中的扣分"
        case Ratio():
            return f"分值×({_over(indicator)}),超过100%的按100%计"
        case Share():
            return f"分值×({_over(indicator)})"
        case Saving():
            saved = f"{indicator.denominator.label}-{indicator.numerator.label}"
            return f"({saved})÷{indicator.denominator.label}不低于0的得满分,否则不得分"
        case Bands():
            steps = [_step(band.at_least_pct, band.deduction) for band in indicator.bands]
            return f"{_over(indicator)}:{','.join(steps)},再低不得分"
        case DeductPerEvent():
            named = "、".join(catalogue[rule].entry.title for rule in indicator.deducts)
            return f"分值减去扣分:{named},每个扣{number_text(indicator.points)}分,扣完为止"
        case DeductIfAny():
            return f"分值减去扣分:{';'.join(_groups(indicator, catalogue))},扣完为止"


def _groups(indicator: DeductIfAny, catalogue: Catalogue) -> Iterator[str]:
    for group in indicator.deducts:
        named = "或".join(catalogue[rule].entry.title for rule in group.rules)
        yield f"有{named}的扣{number_text(group.points)}分"


def _over(indicator: Ratio | Share | Bands) -> str:
    return f"{indicator.numerator.label}÷{indicator.denominator.label}"


def _step(at_least_pct: Decimal, deduction: Decimal) -> str:
    lost = f"扣{number_text(deduction)}分" if deduction else "不扣分"
    return f"不低于{number_text(at_least_pct)}%的{lost}"


def _place(row: Row) -> Place | None:
    if not row["source_file"]:
        return None
    return Place(
        source_file=str(row["source_file"]),
        source_sheet=_text(row["source_sheet"]),
        source_row=int(str(row["source_row"] or 0)),
    )


def _text(value: Any) -> str:
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
