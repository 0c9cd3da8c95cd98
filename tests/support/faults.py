"""Plants faults into a generated fund-year and says what must be reported.

A fault changes the files of one office the way offices really spoil them and adds what a clerk must be told:
the file, the sheet, the row, the column, and words of the sentence. Faults can be planted together; each
names a place of its own, so that every one of them must be reported.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import msoffcrypto.format.ooxml as ooxml

from support.fundgen import FundYear
from support.fundgen.grid import CellError, Sheet, SourceFile, Value
from support.fundgen.tables import STEMS
from support.fundgen.write import write_file


@dataclass(frozen=True)
class Report:
    """What a clerk must be told about one fault.

    Attributes:
        file: Name of the file; '' where a file is missing altogether or either of two may be at fault.
        sheet: Sheet, '' for a CSV or a whole file.
        row: Row as a spreadsheet program shows it, 0 where no single row is at fault.
        column: Header text, '' where no single column is at fault.
        says: Words that the sentence must contain.
    """

    file: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""
    says: tuple[str, ...] = ()


@dataclass
class Spoiled:
    """A fund-year being spoiled: its files, what happens to them once written, what must be reported."""

    made: FundYear
    files: dict[str, SourceFile]
    reports: list[Report] = field(default_factory=list)
    after: list[Callable[[Path], None]] = field(default_factory=list)
    touched: set[tuple[str, str, int]] = field(default_factory=set)

    def write(self, folder: Path) -> None:
        """Write the spoiled files into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        for file in self.files.values():
            write_file(file, folder / file.name)
        for change in self.after:
            change(folder)

    def report(self, kind: str, sheet: Sheet | None, row: int, column: str, *says: str) -> None:
        """Add what must be reported about a place in the file of ``kind``."""
        file = self.files[kind]
        name = sheet.name if sheet is not None and file.format != "csv" else ""
        self.reports.append(Report(file.name, name, row, column, says))

    def cell(self, kind: str, sheet_name: str, field_name: str, value: Value, *says: str) -> None:
        """Overwrite one cell of a row no other fault has touched and report its place."""
        sheet = self.files[kind].sheet(sheet_name)
        row = self._fresh_row(kind, sheet, field_name)
        sheet.put(row, field_name, value)
        self.report(kind, sheet, row, sheet.headers[field_name], *says)

    def _fresh_row(self, kind: str, sheet: Sheet, field_name: str) -> int:
        """Return a row that states its fact once, is filled under the field and untouched so far."""
        for rows in sheet.rows.values():
            place = (kind, sheet.name, rows[0])
            if len(rows) == 1 and place not in self.touched and sheet.value(rows[0], field_name) is not None:
                self.touched.add(place)
                return rows[0]
        raise AssertionError(f"no untouched row left in {kind}/{sheet.name}")


Fault = Callable[[Spoiled], None]


def spoil(made: FundYear, *faults: Fault) -> Spoiled:
    """Plant faults into a copy of a generated fund-year."""
    spoiled = Spoiled(made, copy.deepcopy(made.files))
    for fault in faults:
        fault(spoiled)
    return spoiled


def missing_file(kind: str) -> Fault:
    """Leave out the file of a kind."""

    def plant(spoiled: Spoiled) -> None:
        del spoiled.files[kind]
        spoiled.reports.append(Report(says=("缺少", STEMS[kind])))

    return plant


def empty_file(kind: str) -> Fault:
    """Send a file of no bytes."""

    def plant(spoiled: Spoiled) -> None:
        name = spoiled.files[kind].name

        def wipe(folder: Path) -> None:
            (folder / name).write_bytes(b"")

        spoiled.after.append(wipe)
        spoiled.report(kind, None, 0, "", "空")

    return plant


def encrypted_file(kind: str) -> Fault:
    """Protect a workbook with a password, as [MS-OFFCRYPTO] says."""

    def plant(spoiled: Spoiled) -> None:
        name = spoiled.files[kind].name

        def encrypt(folder: Path) -> None:
            sealed = io.BytesIO()
            with (folder / name).open("rb") as plain:
                ooxml.OOXMLFile(plain).encrypt("secret", sealed)
            (folder / name).write_bytes(sealed.getvalue())

        spoiled.after.append(encrypt)
        spoiled.report(kind, None, 0, "", "密码")

    return plant


def truncated_file(kind: str) -> Fault:
    """Lose the second half of a workbook on the way."""

    def plant(spoiled: Spoiled) -> None:
        name = spoiled.files[kind].name

        def cut(folder: Path) -> None:
            content = (folder / name).read_bytes()
            (folder / name).write_bytes(content[: len(content) // 2])

        spoiled.after.append(cut)
        spoiled.report(kind, None, 0, "", "完整")

    return plant


def wrong_extension(kind: str, extension: str) -> Fault:
    """Give a file the extension of another format."""

    def plant(spoiled: Spoiled) -> None:
        old = spoiled.files[kind].name
        new = f"{spoiled.files[kind].stem}.{extension}"

        def rename(folder: Path) -> None:
            (folder / old).rename(folder / new)

        spoiled.after.append(rename)
        spoiled.reports.append(Report(new, says=("扩展名",)))

    return plant


def nameless_file(kind: str) -> Fault:
    """Give a file a name that tells no kind: that name is reported, and the kind as missing."""

    def plant(spoiled: Spoiled) -> None:
        spoiled.files[kind] = replace(spoiled.files[kind], stem="新建工作表")
        spoiled.report(kind, None, 0, "", "文件名")
        spoiled.reports.append(Report(says=("缺少", STEMS[kind])))

    return plant


def second_file(kind: str) -> Fault:
    """Send a second file of the same kind."""

    def plant(spoiled: Spoiled) -> None:
        again = replace(spoiled.files[kind], stem=f"{spoiled.files[kind].stem}(更新)")
        spoiled.files[f"{kind} again"] = again
        for file in (spoiled.files[kind], again):
            spoiled.reports.append(Report(file.name, says=("2份",)))

    return plant


def missing_column(kind: str, sheet_name: str, field_name: str, title: str) -> Fault:
    """Leave out a column, header and cells."""

    def plant(spoiled: Spoiled) -> None:
        sheet = spoiled.files[kind].sheet(sheet_name)
        at = sheet.columns.pop(field_name)
        for row in sheet.cells[sheet.header_rows[0] :]:
            if len(row) > at:
                row[at] = None
        sheet.merges = [area for area in sheet.merges if area[1] != at or area[3] != at]
        spoiled.report(kind, sheet, sheet.header_rows[-1] + 1, title, "缺少", title)

    return plant


def missing_label(field_name: str, title: str) -> Fault:
    """Leave out a line of the budget approval."""

    def plant(spoiled: Spoiled) -> None:
        sheet = spoiled.files["budget_plan"].sheet("预算批复")
        row = sheet.rows[field_name][0]
        sheet.cells[row - 1] = []
        spoiled.report("budget_plan", sheet, 0, "", title)

    return plant


def unknown_unit(kind: str, sheet_name: str) -> Fault:
    """State a money unit nobody counts in, in the unit row or the headers."""

    def plant(spoiled: Spoiled) -> None:
        sheet = spoiled.files[kind].sheet(sheet_name)
        _replace_unit(sheet, "单位:箱", "(箱)")
        spoiled.report(kind, sheet, 0, "", "单位")

    return plant


def no_unit(kind: str, sheet_name: str) -> Fault:
    """State no money unit at all."""

    def plant(spoiled: Spoiled) -> None:
        sheet = spoiled.files[kind].sheet(sheet_name)
        _replace_unit(sheet, None, "")
        spoiled.report(kind, sheet, 0, "", "单位")

    return plant


def _replace_unit(sheet: Sheet, cell: Value, suffix: str) -> None:
    last = sheet.header_rows[-1]
    for row in sheet.cells[: last + 1]:
        for at, value in enumerate(row):
            if isinstance(value, str) and value.startswith("单位:"):
                row[at] = cell
            elif isinstance(value, str) and value.endswith(("(元)", "(万元)", "(亿元)")):
                row[at] = value[: value.rindex("(")] + suffix


def unknown_project(kind: str, sheet_name: str) -> Fault:
    """Name a project the plan does not have."""

    def plant(spoiled: Spoiled) -> None:
        if kind == "treasury_payments":
            _keep_to_fund(spoiled)
        spoiled.cell(kind, sheet_name, "project_code", "ZZ99-404", "ZZ99-404")
        if kind == "project_progress":
            # The project whose row now names another is left without a report of its progress.
            spoiled.reports.append(Report(spoiled.files["budget_plan"].name, "建设计划", says=("实施进度",)))

    return plant


def _keep_to_fund(spoiled: Spoiled) -> None:
    """Mark vouchers as touched that do not count: another fund's may name any project."""
    facts, file = spoiled.made.facts, spoiled.files["treasury_payments"]
    sheet = file.sheets[0]
    for voucher in facts.vouchers:
        if (
            voucher.fund_name != facts.fund.name
            or voucher.paid_on.year != facts.fund.year
            or voucher.status != "paid"
        ):
            spoiled.touched |= {
                ("treasury_payments", sheet.name, row) for row in sheet.rows[voucher.voucher_no]
            }


def bad_date(kind: str, sheet_name: str, field_name: str, text: str = "2024年13月5日") -> Fault:
    """Write a day that does not exist, or words."""
    return lambda spoiled: spoiled.cell(kind, sheet_name, field_name, text, "日期")


def bad_amount(kind: str, sheet_name: str, field_name: str, text: str = "叁万元整") -> Fault:
    """Write an amount in words."""
    return lambda spoiled: spoiled.cell(kind, sheet_name, field_name, text, "金额")


def broken_formula(kind: str, sheet_name: str, field_name: str) -> Fault:
    """Leave a formula whose reference is gone."""
    return lambda spoiled: spoiled.cell(kind, sheet_name, field_name, CellError("#REF!"), "公式")


def empty_cell(kind: str, sheet_name: str, field_name: str) -> Fault:
    """Leave a required cell empty."""
    return lambda spoiled: spoiled.cell(kind, sheet_name, field_name, None, "空")


def conflicting_voucher(spoiled: Spoiled) -> None:
    """Write a voucher number again with another amount: nobody can tell which of the two was paid."""
    _keep_to_fund(spoiled)
    sheet = spoiled.files["treasury_payments"].sheets[0]
    row = spoiled._fresh_row("treasury_payments", sheet, "amount_yuan")
    again = list(sheet.cells[row - 1])
    # Before the total row where there is one, so that the table still ends with it.
    last = max(max(rows) for rows in sheet.rows.values())
    sheet.cells.insert(last, again)
    sheet.put(last + 1, "amount_yuan", "123.45")
    # The places of both and not the number: a voucher of a classified project is never named.
    for place in (row, last + 1):
        spoiled.report("treasury_payments", sheet, place, "", "同一凭证号")


def wrong_year(spoiled: Spoiled) -> None:
    """Send the approval of the year before."""
    sheet = spoiled.files["budget_plan"].sheet("预算批复")
    row, year = sheet.rows["approval_year"][0], spoiled.made.facts.fund.year
    sheet.put(row, "value", year - 1)
    spoiled.report("budget_plan", sheet, row, "", str(year - 1))


def wrong_fund(spoiled: Spoiled) -> None:
    """Send the approval of another fund: no voucher belongs to it."""
    sheet = spoiled.files["budget_plan"].sheet("预算批复")
    sheet.put(sheet.rows["fund_name"][0], "value", "样例绿化资金")
    spoiled.reports.append(Report(says=("专项资金", "预算批复")))


def missing_judgement(code: str) -> Fault:
    """Leave an indicator out of the working paper: it must not count as a full mark."""

    def plant(spoiled: Spoiled) -> None:
        sheet = spoiled.files["working_paper"].sheet("定性指标评分")
        sheet.cells[sheet.rows[code][0] - 1] = []
        spoiled.report("working_paper", None, 0, "", code)

    return plant


def excessive_judgement(code: str) -> Fault:
    """Take more points off than the indicator has."""

    def plant(spoiled: Spoiled) -> None:
        sheet = spoiled.files["working_paper"].sheet("定性指标评分")
        row = sheet.rows[code][0]
        sheet.put(row, "deduction", Decimal(50))
        spoiled.report("working_paper", sheet, row, "", code)

    return plant
