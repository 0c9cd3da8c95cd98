"""Small workbooks and text files as rows, read by the contract of their kind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fundeval.core.context import RunContext
from fundeval.core.errors import InputError, Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.sources.ingest import ingest, read_problems
from fundeval.sources.selection import SourceFile, source_file

Rows = list[list[Any]]


@dataclass
class Read:
    """What came of reading one file."""

    context: RunContext
    kind: str
    problems: tuple[Problem, ...]

    def table(self, name: str, *fields: str, layer: str = "staging") -> list[tuple[Any, ...]]:
        """Return the rows of a table, only ``fields``."""
        return [tuple(row[field] for field in fields) for row in self.context.run.rows(layer, name)]

    def told(self) -> list[tuple[str, int, str, str]]:
        """Return sheet, row, column and code of each problem."""
        return [(problem.sheet, problem.row, problem.column, problem.code) for problem in self.problems]

    def ledger(self) -> list[tuple[int, int, int, int]]:
        """Return rows in all, accepted, rejected and recognised as no data, per sheet."""
        names = ("rows_total", "rows_accepted", "rows_rejected", "rows_recognised")
        return [
            tuple(row[name] for name in names)
            for row in self.context.run.rows("checks", f"ingest_{self.kind}")
        ]


def workbook(path: Path, sheets: dict[str, Rows], merged: tuple[str, ...] = ()) -> Path:
    """Write rows as an .xlsx; ``merged`` areas belong to the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for area in merged:
        book.worksheets[0].merge_cells(area)
    book.save(path)
    return path


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Read a file, or several increments, into a run of its own; the files of one test share the run."""

    def reader(kind: str, *paths: Path, corrections: tuple[Path, ...] = ()) -> Read:
        context = RunContext(FundYear("sample-fund", 2031), tmp_path, Rooms(tmp_path / "out"), "test")
        files = [source_file(path, kind) for path in paths]
        with suppress(InputError):
            ingest(context, kind, files, [SourceFile(path, path.name) for path in corrections])
        return Read(context, kind, tuple(sorted(read_problems(context.run, [kind]))))

    return reader


@pytest.fixture
def plan(tmp_path: Path, read: Callable[..., Read]) -> Read:
    """A plan of one public and one classified project, already read."""
    approval = [
        ["项目", "内容"],
        ["专项资金名称", "样例资金"],
        ["年度", 2031],
        ["主管部门", "市样例局"],
        ["年初预算(万元)", 100],
        ["预算批复日期", "2031-01-10"],
        ["建设计划文号", "样发〔2031〕1号"],
        ["建设计划下达日期", "2031-02-01"],
        ["评价机构", "样例事务所"],
    ]
    projects = [
        [
            "项目编码",
            "项目名称",
            "建设类别",
            "项目性质",
            "建设单位",
            "预算单位编码",
            "计划投资(元)",
            "合同约定完工日期",
            "是否涉密",
        ],
        ["P1", "公开工程", "软件平台开发", "新建", "市甲局", "101", 500000, "2031-10-31", "否"],
        ["S1", "暗号工程", "涉密", "续建", "市乙局", "102", 300000, None, "是"],
    ]
    path = workbook(tmp_path / "预算批复及建设计划.xlsx", {"预算批复": approval, "建设计划": projects})
    return read("budget_plan", path)
