"""Writes the report folder of a release: Word, PDF where LibreOffice is there, appendix workbook, web page."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fundeval.report.blocks import Figure, Heading, Table
from fundeval.report.consistency import require_consistent
from fundeval.report.evidence import evidence_tables
from fundeval.report.narrative import Report, build_report
from fundeval.report.notes import ReportNotes
from fundeval.report.pdf import office, write_pdf
from fundeval.report.provenance import read_provenance
from fundeval.report.published import read_published
from fundeval.report.webpage import write_webpage
from fundeval.report.word import write_docx
from fundeval.report.workbook import write_workbook

DOCX, PDF, WORKBOOK, WEBPAGE = "report.docx", "report.pdf", "appendices.xlsx", "report.html"


def write_report(dataset: Path, report: Path, notes: ReportNotes) -> dict[str, int | str]:
    """Write the report of a fund-year from its published dataset.

    Args:
        dataset: Folder of the published dataset; what its figures are made of is read from ``evidence`` beside it.
        report: Folder to write to; made where it does not exist. Files of an earlier report are replaced.
        notes: What the report needs beside the dataset.

    Returns:
        What an operator may see: numbers of headings, tables, figures, gaps only people can fill and pages, and
        under ``pdf`` whether the PDF was ``written`` or is ``missing`` because LibreOffice is.

    Raises:
        InputError: The dataset lacks a table, column or metric or holds a value of the wrong kind.
        ReleaseError: The dataset contradicts itself or LibreOffice failed.
    """
    data = read_published(dataset)
    require_consistent(data)
    made = build_report(data, notes)
    report.mkdir(parents=True, exist_ok=True)
    (report / PDF).unlink(missing_ok=True)
    write_docx(made, report / DOCX)
    # LibreOffice is a process of its own: what else there is to write is written meanwhile.
    with ThreadPoolExecutor(1) as beside:
        printing = beside.submit(write_pdf, report / DOCX, report / PDF, notes.year) if office() else None
        write_workbook(made, report / WORKBOOK)
        evidence = dataset.with_name("evidence")
        provenance = read_provenance(evidence) if evidence.is_dir() else None
        write_webpage(made, evidence_tables(data, dataset, provenance), report / WEBPAGE)
    counts = _counts(made)
    return (
        {**counts, "pdf": "written", "pages": printing.result()} if printing else {**counts, "pdf": "missing"}
    )


def _counts(report: Report) -> dict[str, int | str]:
    kinds = Counter(type(block) for block in report.blocks)
    gaps = sum(run.missing for block in report.blocks for run in getattr(block, "runs", ()))
    return {"headings": kinds[Heading], "tables": kinds[Table], "figures": kinds[Figure], "gaps": gaps}
