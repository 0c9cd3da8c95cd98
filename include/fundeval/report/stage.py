"""The stage that writes the report of a run: what the report needs beside the dataset, gathered from the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.funds import load_fund, load_scheme
from fundeval.core.money import number_text
from fundeval.core.rooms import RunFolder
from fundeval.core.scheme import AnyIndicator, Bands, Ratio, Saving, Share
from fundeval.report.checked import quality_notes, read_corrected
from fundeval.report.notes import GradeBand, ReportNotes, Source, Veto
from fundeval.report.writer import write_report
from fundeval.report.written import written_texts
from fundeval.sources.contract import KINDS, load_contract


def report_stage(context: RunContext) -> dict[str, Any]:
    """Write ``draft/report`` from ``draft/dataset``.

    Returns:
        What :func:`fundeval.report.write_report` counts.
    """
    draft = context.run.path / "draft"
    return dict(write_report(draft / "dataset", draft / "report", report_notes(context)))


def report_notes(context: RunContext) -> ReportNotes:
    """Gather everything in the report that is no figure of the dataset."""
    run = context.run
    facts = run.rows("marts", "fund_facts")[0]
    fund, scheme = load_fund(context.fund_year.fund), load_scheme(context.fund_year)
    return ReportNotes(
        fund_name=facts["fund_name"],
        department=facts["department"],
        evaluator=facts["evaluator"],
        year=context.fund_year.year,
        plan_doc_no=facts["plan_doc_no"],
        plan_issued_on=facts["plan_issued_on"],
        budget_approved_on=facts["budget_approved_on"],
        scheme_year=scheme.scheme_year,
        scheme_is_fallback=scheme.is_fallback,
        legal_references=fund.legal_references,
        grade_bands=tuple(
            GradeBand(grade=grade.grade, at_least=grade.at_least) for grade in scheme.scheme.grades
        ),
        vetoes=tuple(
            Veto(item=row["veto_item"], occurred=row["occurred"], note=row["note"] or "")
            for row in run.rows("staging", "vetoes")
        ),
        sources=_sources(run),
        indicator_targets=dict(_targets(scheme.scheme.indicators)),
        **{"background": fund.background, "overall_goal": fund.overall_goal, **written_texts(_written(run))},
        **quality_notes(run),
        corrected=read_corrected(run),
    )


def _written(run: RunFolder) -> list[dict[str, Any]]:
    """Return the working paper's texts; the sheet is optional, so the table may not exist."""
    return run.rows("staging", "narratives")


def _targets(indicators: Iterable[AnyIndicator]) -> Iterator[tuple[str, str]]:
    """Give code and target of every indicator whose method says what full marks take."""
    for indicator in indicators:
        match indicator:
            case Ratio() | Share():
                yield indicator.code, "100%"
            case Saving():
                yield indicator.code, "≥0%"
            case Bands():
                whole = [band.at_least_pct for band in indicator.bands if band.deduction == 0]
                if whole:
                    yield indicator.code, f"≥{number_text(min(whole))}%"
            case _:
                pass


def _sources(run: RunFolder) -> tuple[Source, ...]:
    """Return each source file once, with the rows of all its sheets."""
    sources = []
    for kind in KINDS:
        by_file: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in run.rows("checks", f"ingest_{kind}"):
            by_file.setdefault((row["source_file"], row["source_sha256"]), []).append(row)
        sources += [
            Source(
                kind=load_contract(kind).title,
                file_name=file_name,
                sha256=sha256,
                accepted_rows=sum(row["rows_accepted"] for row in ledger),
                rejected_rows=sum(row["rows_rejected"] for row in ledger),
            )
            for (file_name, sha256), ledger in by_file.items()
        ]
    return tuple(sources)
