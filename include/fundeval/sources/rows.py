"""From a sheet to typed rows: every row of the sheet is accepted, rejected with reasons, or recognised as no data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from fundeval.core.engine import first_row, literal
from fundeval.core.errors import Problem
from fundeval.sources.cells import CellSql, absent, present, value_fields
from fundeval.sources.contract import Column, TableContract
from fundeval.sources.layout import FoundColumn, Layout

TOTAL_WORDS = r"(小计|合计|总计|累计)[::]?$"
# A signature or remark under the table: every filled cell begins with such a label, or the first one does and the
# row has no key.
FOOTER_LABEL = (
    r"^(制表|审核|复核|填表|填报|经办|负责人|单位负责人|财务负责人|联系|日期|备注|注|说明|数据来源|打印)"
    r"[^::]{0,6}[::]"
)
FOOTER_REMARK = r"^(备注|注|说明|数据来源|打印|第\d+页)"


@dataclass(frozen=True)
class SourceIdentity:
    """The file rows come from: name as sent and sha256 of its bytes."""

    file: str
    sha256: str


@dataclass(frozen=True)
class RowCounts:
    """Rows of one sheet, each counted on its own; the gate holds that ``total`` is the sum of the others.

    Attributes:
        total: Rows of the sheet.
        accepted: Rows that became typed rows.
        rejected: Data rows that could not be read.
        recognised: Title, unit, header, blank, total and footer rows.
    """

    total: int
    accepted: int
    rejected: int
    recognised: int


@cache
def _messages() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(
        (Path(__file__).parent / "messages.yaml").read_text(encoding="utf-8")
    )
    return loaded


def cell_problem(
    code: str,
    source: SourceIdentity,
    sheet: str,
    row: int,
    column: Column | None,
    header: str,
    value: str | None,
) -> Problem:
    """Put the trouble of one cell into words; the value of a sensitive column is not repeated."""
    words = _messages()[code]
    choices = "、".join(texts[0] for texts in column.choices.values()) if column else ""
    return Problem(
        file=source.file,
        sheet=sheet,
        row=row,
        column=header,
        value="" if column is None or column.sensitive else (value or ""),
        code=code,
        message=words["message"],
        remedy=words["remedy"].format(choices=choices),
    )


class TableReader:
    """Reads the rows of one found table with the engine.

    The typed rows are left as a temporary view ``typed`` with all fields, the source columns and ``trouble``, a list
    of what is wrong with the row.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        layout: Layout,
        columns: dict[str, FoundColumn],
        source: SourceIdentity,
        epoch: str,
    ) -> None:
        """Read the sheet and prepare the views ``cells`` (all rows with their kind) and ``typed`` (data rows)."""
        self.connection = connection
        self.layout = layout
        self.columns = columns
        self.source = source
        self.epoch = epoch
        self._create_views()

    def _create_views(self) -> None:
        """Read every cell once, into ``parsed``; everything else looks at that."""
        values, troubles = [], []
        for column in self.layout.table.columns:
            found = self.columns.get(column.field)
            cell = present(found, self.epoch) if found else absent(column)
            values += [f"{sql} as {name}" for name, sql in cell.values.items()]
            troubles.append(self._trouble(found, cell))
        path = literal(str(self.layout.sheet.path))
        self.connection.execute(f"create or replace temp view raw as select * from read_parquet({path})")
        self.connection.execute(
            f"""
            create or replace temp table parsed as
            select
                row,
                {self._row_kind()} as row_kind,
                {", ".join(values)},
                list_filter([{", ".join(troubles)}], lambda problem: problem is not null) as trouble
            from raw
            """
        )
        self.connection.execute(
            "create or replace temp view cells as "
            "select raw.*, parsed.row_kind from raw inner join parsed on raw.row = parsed.row"
        )
        source = self.source
        self.connection.execute(
            f"""
            create or replace temp view typed as
            select
                * exclude (row, row_kind, trouble),
                {literal(source.file)} as source_file,
                {literal(source.sha256)} as source_sha256,
                {literal(self.layout.sheet.name)} as source_sheet,
                row as source_row,
                trouble
            from parsed
            where row_kind = 'data'
            """
        )

    @staticmethod
    def _trouble(found: FoundColumn | None, cell: CellSql) -> str:
        if found is None:
            return "cast(null as struct(code varchar, field varchar, value varchar))"
        return (
            f"case when ({cell.trouble}) is not null then struct_pack(code := ({cell.trouble}), "
            f"field := {literal(found.column.field)}, value := c{found.number}) end"
        )

    def _row_kind(self) -> str:
        """Return the expression that tells what a row is; rows with an ordinary key are told at a glance."""
        first, last = self.layout.header_rows
        texts = [f"cell_text(c{number})" for number in range(1, self.layout.sheet.width + 1)]
        filled = f"list_filter([{', '.join(texts)}], lambda text: text is not null)"
        mapped = list(self.columns.values())
        keys = [self.columns[name] for name in self.layout.table.key if name in self.columns]
        keyed = " and ".join(f"cell_text(c{found.number}) is not null" for found in keys) or "false"
        ordinary = " and ".join(self._is_ordinary(found) for found in keys) or "false"
        in_header = " + ".join(f"coalesce({self._repeats_header(found)}, false)::integer" for found in mapped)
        in_use = " + ".join(f"(cell_text(c{found.number}) is not null)::integer" for found in mapped)
        is_total = (
            f"len(list_filter({filled}, lambda text: regexp_full_match(text, '{TOTAL_WORDS}'))) > 0 "
            f"or (regexp_matches({filled}[1], '{TOTAL_WORDS}') and not ({keyed}))"
        )
        is_footer = (
            f"len(list_filter({filled}, lambda text: not regexp_matches(text, '{FOOTER_LABEL}'))) = 0 "
            f"or (regexp_matches({filled}[1], '{FOOTER_LABEL}|{FOOTER_REMARK}') and not ({keyed}))"
        )
        return f"""case
            when row < {first} then 'preamble'
            when row <= {last} then 'header'
            when {ordinary} then 'data'
            when len({filled}) = 0 then 'blank'
            when {is_total} then 'total'
            when {in_header} >= {max(2, (len(mapped) + 1) // 2)} then 'header'
            when {in_header} > 0 and {in_header} = {in_use} then 'header'
            when {is_footer} then 'footer'
            else 'data'
        end"""

    def _is_ordinary(self, found: FoundColumn) -> str:
        """Return the condition under which a key cell can only be that of a data row."""
        cell = f"cell_text(c{found.number})"
        special = f"regexp_matches({cell}, '[::]|{TOTAL_WORDS}')"
        return f"coalesce(not {special} and not {self._repeats_header(found)}, false)"

    def _repeats_header(self, found: FoundColumn) -> str:
        """Return the condition under which a cell repeats one of the lines of its header."""
        head = self.layout.sheet.head()
        first, last = self.layout.header_rows
        lines = {head[row - 1][found.number - 1] for row in range(first, last + 1)} - {None}
        listed = ", ".join(f"cell_text({literal(line)})" for line in sorted(line for line in lines if line))
        return f"cell_text(c{found.number}) in ({listed or 'null'})"

    @property
    def fields(self) -> list[str]:
        """Names of the typed fields, in the order of the contract, and of the source columns."""
        described = self.connection.execute("describe typed").fetchall()
        return [name for name, *_ in described if name != "trouble"]

    def counts(self) -> RowCounts:
        """Count the rows of the sheet."""
        row = first_row(
            self.connection,
            """
            select
                (select count(*) from raw),
                count(*) filter (where len(trouble) = 0),
                count(*) filter (where len(trouble) > 0),
                (select count(*) from parsed where row_kind <> 'data')
            from typed
            """,
        )
        return RowCounts(*row)

    def problems(self) -> list[Problem]:
        """Return one problem per wrong cell."""
        rows = self.connection.execute(
            """
            with wrong as (select source_row, unnest(trouble) as problem from typed where len(trouble) > 0)
            select source_row, problem.code, problem.field, problem.value from wrong order by source_row
            """
        ).fetchall()
        found = [self._problem(code, row, self.columns[name], value) for row, code, name, value in rows]
        return found + self._lossy() + self._overlong()

    def _problem(self, code: str, row: int, found: FoundColumn, value: str | None) -> Problem:
        return cell_problem(code, self.source, self.layout.sheet.name, row, found.column, found.header, value)

    def _lossy(self) -> list[Problem]:
        """Report identifiers a workbook stored as numbers too long to be exact."""
        by_number = {found.number: found for found in self.columns.values() if found.column.type == "code"}
        return [
            self._problem("lossy_number", row, by_number[number], None)
            for row, number in sorted(self.layout.sheet.lossy)
            if number in by_number and row > self.layout.header_rows[1]
        ]

    def _overlong(self) -> list[Problem]:
        return [
            cell_problem("extra_cells", self.source, self.layout.sheet.name, row, None, "", None)
            for row in self.layout.sheet.overlong
            if row > self.layout.header_rows[1]
        ]

    def stated_totals(self) -> list[dict[str, Any]]:
        """Return what total and subtotal rows and the preamble state, for reconciliation: money in 元."""
        totals: list[dict[str, Any]] = []
        scope = next((found for found in self.columns.values() if found.column.subtotal_scope), None)
        scope_sql = f"cell_text(c{scope.number})" if scope else "cast(null as varchar)"
        for found in self.columns.values():
            if found.column.type != "money":
                continue
            value = present(found, self.epoch).values[found.column.field]
            rows = self.connection.execute(
                f"""
                select row, coalesce(cell_text(c1), '') as label, {scope_sql} as scope, {value} as stated
                from cells
                where row_kind = 'total' and {value} is not null
                order by row
                """
            ).fetchall()
            totals += [
                self._stated(
                    "total" if scope_text is None else "subtotal", scope_text, found.column.field, value, row
                )
                for row, _, scope_text, value in rows
            ]
        return totals + self._stated_in_preamble()

    def _stated_in_preamble(self) -> list[dict[str, Any]]:
        head = self.layout.sheet.head()[: self.layout.header_rows[0] - 1]
        found = []
        for name, pattern in self.layout.table.preamble.items():
            for row, cells in enumerate(head, 1):
                match = re.search(pattern, ",".join(cell for cell in cells if cell))
                if match:
                    found.append(self._stated(name, None, "", match.group(1), row))
        return found

    def _stated(self, kind: str, scope: str | None, field: str, value: Any, row: int) -> dict[str, Any]:
        return {
            "table_name": self.layout.table.name,
            "total_kind": kind,
            "scope_text": scope,
            "field": field,
            "stated_value": value,
            "source_file": self.source.file,
            "source_sha256": self.source.sha256,
            "source_sheet": self.layout.sheet.name,
            "source_row": row,
        }


def typed_columns(table: TableContract) -> Iterable[tuple[str, str]]:
    """Return the typed fields of a contract's table with their SQL types, then the source columns."""
    for column in table.columns:
        yield from value_fields(column).items()
    yield from (
        ("source_file", "varchar"),
        ("source_sha256", "varchar"),
        ("source_sheet", "varchar"),
        ("source_row", "integer"),
    )
