"""The report as a Word document in the layout of GB/T 9704 (党政机关公文格式)."""

from fundeval.report.word.document import write_docx

__all__ = ["write_docx"]
