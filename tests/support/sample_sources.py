"""The bundled exports as an office's folder that tests may change."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl

from fundeval.core.fundyear import FundYear
from fundeval.core.places import samples_folder

SAMPLE = FundYear("changde-smart-city", 2022)
SERVICE_INDICATORS = "运维服务指标.xlsx"


def copy_sample(folder: Path) -> Path:
    """Copy the nine files into ``folder``; return it."""
    shutil.copytree(samples_folder() / str(SAMPLE), folder)
    return folder


def correct_service_indicator(folder: Path, actual: int) -> None:
    """Replace the file of the service indicators by one whose first indicator reached ``actual``."""
    path = folder / SERVICE_INDICATORS
    book = openpyxl.load_workbook(path)
    sheet = book.active
    header = next(cell for row in sheet.iter_rows() for cell in row if "实际" in str(cell.value))
    below = (sheet.cell(row, header.column) for row in range(header.row + 1, sheet.max_row + 1))
    next(cell for cell in below if _is_number(cell.value)).value = actual
    book.save(path)


def _is_number(value: object) -> bool:
    try:
        float(str(value).replace(",", ""))
    except ValueError:
        return False
    return True
