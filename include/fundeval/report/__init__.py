"""The report of a release: Word, PDF, web page and appendix workbook, from the published dataset alone."""

from fundeval.report.notes import GradeBand, ReportNotes, Source, Titled, Veto
from fundeval.report.writer import write_report

__all__ = ["GradeBand", "ReportNotes", "Source", "Titled", "Veto", "write_report"]
