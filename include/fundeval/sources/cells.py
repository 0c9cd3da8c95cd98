"""SQL that reads the columns of a contract: one expression for the value, one for what is wrong with the cell.

The parsing itself stands in sql/macros/cells.sql; here the contract decides which macro reads which column. Only
names of this project and literals of its contracts are put into the text.
"""

from __future__ import annotations

from dataclasses import dataclass

from fundeval.core.engine import literal
from fundeval.sources.contract import Column
from fundeval.sources.layout import FoundColumn


@dataclass(frozen=True)
class CellSql:
    """How the clean text ``cell`` of a column is read.

    Attributes:
        steps: Columns each a select of its own adds to ``cell``, later ones in terms of earlier ones: what is needed
            more than once is planned and computed once.
        values: Typed fields and the expression of each; one field, two for a target.
        trouble: Expression that is the code of what is wrong with the cell, NULL where nothing is; it names the typed
            fields and the steps.
    """

    steps: dict[str, str]
    values: dict[str, str]
    trouble: str


SQL_TYPES = {
    "text": "varchar",
    "code": "varchar",
    "integer": "integer",
    "number": "decimal(18, 4)",
    "points": "decimal(6, 2)",
    "money": "decimal(18, 2)",
    "date": "date",
    "timestamp": "timestamp",
    "seconds": "integer",
    "boolean": "boolean",
    "choice": "varchar",
}

EMPTY_CELL = "empty_cell"
_CODES = {
    "integer": "not_a_number",
    "number": "not_a_number",
    "points": "not_a_number",
    "money": "not_an_amount",
    "date": "not_a_date",
    "timestamp": "not_a_date",
    "seconds": "not_a_duration",
    "boolean": "not_yes_or_no",
    "choice": "not_a_choice",
    "target": "not_a_number",
}


def value_fields(column: Column) -> dict[str, str]:
    """Return the typed fields of a column and the SQL type of each."""
    if column.type == "target":
        return {"target_operator": "varchar", "target_value": "decimal(18, 4)"}
    return {column.field: SQL_TYPES[column.type]}


def present(found: FoundColumn, epoch: str) -> CellSql:
    """Return how a column that is in the file is read.

    Args:
        found: The column and where it stands.
        epoch: Day before the first serial day of the workbook.
    """
    column = found.column
    values = _values(found, epoch)
    checks = ["when is_cell_error(cell) then 'formula_error'"]
    if not column.may_be_empty:
        checks.append(f"when cell is null then '{EMPTY_CELL}'")
    if column.type == "money":
        checks.append(f"when {column.field} is null and _exact is not null then 'finer_than_a_cent'")
        if found.factor is None:
            checks.append("when cell is not null and amount_unit(_ascii) is null then 'no_unit'")
    if column.type in _CODES:
        last = list(values)[-1]
        checks.append(f"when cell is not null and {last} is null then '{_CODES[column.type]}'")
    return CellSql(_steps(found), values, f"case {' '.join(checks)} end")


def _steps(found: FoundColumn) -> dict[str, str]:
    """Read most amounts and days at a glance, and only the others with care."""
    if found.column.type == "date":
        return {
            "_plain": "plain_date(cell)",
            "_ascii": "case when _plain is null then cell_ascii(cell) end",
            "_day": "case when _plain is null then day_text(cell) end",
            "_digits": "date_digits(_day)",
        }
    if found.column.type != "money":
        return {}
    return {
        "_plain": f"plain_amount(cell, {_factor(found)})",
        "_ascii": "case when _plain is null then cell_ascii(cell) end",
        "_exact": f"ascii_amount(_ascii, {_factor(found)})",
    }


def _factor(found: FoundColumn) -> str:
    return "cast(null as integer)" if found.factor is None else str(found.factor)


def _values(found: FoundColumn, epoch: str) -> dict[str, str]:
    column = found.column
    readers = {
        "text": "cell",
        "code": "cell_code(cell)",
        "integer": "parse_integer(cell)",
        "number": "parse_number(cell)",
        "points": "parse_points(cell)",
        "money": "read_amount(_plain, _exact)",
        "date": f"coalesce(_plain, read_day(_ascii, _digits, {literal(epoch)}))",
        "timestamp": "parse_timestamp(cell)",
        "seconds": "parse_seconds(cell)",
        "boolean": "parse_boolean(cell)",
    }
    if column.type == "target":
        return {"target_operator": "target_operator(cell)", "target_value": "target_value(cell)"}
    if column.type == "choice":
        return {column.field: _choice(column)}
    return {column.field: readers[column.type]}


def _choice(column: Column) -> str:
    cases = " ".join(
        f"when cell_ascii(cell) in ({', '.join(f'cell_ascii({literal(text)})' for text in texts)}) "
        f"then {literal(code)}"
        for code, texts in column.choices.items()
    )
    return f"case {cases} end"
