"""Where a row of a source stands, in the words of those who look it up."""

from __future__ import annotations


def place_words(file: str, sheet: str, row: int | None) -> str:
    """Say where a row stands, as a clerk would look it up; empty where it stands nowhere."""
    if not file:
        return ""
    of_sheet = f"“{sheet}”" if sheet else ""
    line = f"第{row}行" if row else ""
    return f"《{file}》{of_sheet}{line}"
