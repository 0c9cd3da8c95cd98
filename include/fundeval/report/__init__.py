"""The report of a release: Word, PDF and appendix workbook, built from the published dataset and nothing else."""

from fundeval.report.notes import GradeBand, ReportNotes, Source, Titled, Veto
from fundeval.report.writer import write_report

__all__ = ["GradeBand", "ReportNotes", "Source", "Titled", "Veto", "write_report"]
