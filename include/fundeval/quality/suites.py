"""The checks of suites.yaml as typed data, and the SQL that selects the rows each finds wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from fundeval.core.errors import ConfigurationError, Severity
from fundeval.sources.contract import Column, load_contracts

CheckKind = Literal["not_null", "unique", "in_set", "predicate", "exactly_one_row"]


class Check(BaseModel):
    """One check of one table; suites.yaml says what each field means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    table: str
    check: CheckKind
    column: str
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    fails: str = ""
    needs: tuple[str, ...] = ()
    staging_only: bool = False
    severity: Severity
    message: str
    remedy: str

    @model_validator(mode="after")
    def _is_complete(self) -> Check:
        needed = {"unique": self.columns, "in_set": self.values, "predicate": self.fails}
        if self.check in needed and not needed[self.check]:
            raise ValueError(f"check {self.id}: {self.check} lacks its argument")
        return self

    def condition(self, layer: str) -> str:
        """Return the SQL condition of a wrong row of the check's table in ``layer``."""
        table = f"{layer}.{self.table}"
        if self.check == "not_null":
            return f"{self.column} is null"
        if self.check == "in_set":
            listed = ", ".join(f"'{value}'" for value in self.values)
            return f"{self.column} not in ({listed})"
        if self.check == "unique":
            key = ", ".join(self.columns)
            return f"({key}) in (select ({key}) from {table} group by {key} having count(*) > 1)"
        if self.check == "exactly_one_row":
            return f"(select count(*) from {table}) <> 1"
        return self.fails.format(table=table, layer=layer)

    def wrong_rows(self, layer: str) -> str:
        """Return a statement that selects place and value of every wrong row."""
        return (
            f"select source_file, source_sheet, source_row, cast({self.column} as varchar) as value "
            f"from {layer}.{self.table} where {self.condition(layer)} order by source_row"
        )


@cache
def load_checks() -> tuple[Check, ...]:
    """Load every check.

    Raises:
        ConfigurationError: An entry is incomplete, unknown or given twice.
    """
    path = Path(__file__).parent / "suites.yaml"
    try:
        checks = tuple(
            Check.model_validate(entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
        )
    except ValidationError as error:
        raise ConfigurationError(f"质量规则 suites.yaml 有误:{error}") from error
    ids = [check.id for check in checks]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    if repeated:
        raise ConfigurationError(f"质量规则编号重复:{'、'.join(repeated)}")
    return checks


@cache
def contract_columns() -> dict[tuple[str, str], Column]:
    """Return the contract's column of each typed field, by table and field."""
    return {
        (table.name, column.field): column
        for contract in load_contracts()
        for table in contract.tables
        for column in table.columns
    }
