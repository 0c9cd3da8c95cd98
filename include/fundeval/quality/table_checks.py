"""The checks of columns and tables: entries of sql/checks/tables.yaml, and the SQL of the rows each finds wrong."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from fundeval.core.datafile import Strict
from fundeval.core.engine import literal
from fundeval.core.law import LegalBasis
from fundeval.quality.entries import Described, Entry, Name, Need, Scope, Text
from fundeval.sources.contract import Column, load_contracts

CheckKind = Literal["not_null", "unique", "in_set", "exactly_one_row", "condition"]


class CheckedTable(Strict):
    """What the checks of one staging table share.

    Attributes:
        title: Chinese name of the table.
        identity: Column that names a row.
        scope: What one row is about.
        feeds: Indicator of the common framework it bears on; empty where none.
        is_form: Whether the table is a form of one row, whose fields stand in lines of their own.
        owner: Who keeps the checks up to date.
        legal_basis: Provisions the checks rest on.
    """

    title: Text
    identity: Name
    scope: Scope
    feeds: str = ""
    is_form: bool = False
    owner: Text
    legal_basis: Annotated[tuple[LegalBasis, ...], Field(min_length=1)]


class TableCheck(Described):
    """One check of one column or table.

    Attributes:
        table: Staging table it is about.
        check: ``condition``, or what Great Expectations has an expectation of its own for.
        column: Field a clerk must mend.
        columns: Key of ``unique``.
        values: Allowed values of ``in_set``.
        fails: SQL condition of a wrong row; ``{layer}`` and ``{table}`` are filled in.
        among: Shared table that holds every row which can be wrong, and macro that gives the same of another layer;
            empty where any row can be.
        needs: Other staging tables ``fails`` reads.
        public_only: Whether rows of classified projects are left out.
        feeds: Indicator it bears on, where that is not the table's.
        legal_basis: Provisions, where they are not the table's.
    """

    table: Name
    check: CheckKind
    column: Name
    columns: tuple[Name, ...] = ()
    values: tuple[Text, ...] = ()
    fails: str = ""
    among: str = ""
    needs: tuple[Name, ...] = ()
    public_only: bool = False
    feeds: str = ""
    legal_basis: tuple[LegalBasis, ...] = ()

    @model_validator(mode="after")
    def _is_complete(self) -> TableCheck:
        arguments = {"unique": self.columns, "in_set": self.values, "condition": self.fails}
        if self.check in arguments and not arguments[self.check]:
            raise ValueError(f"{self.id}:{self.check} 缺少参数")
        return self

    @property
    def is_native(self) -> bool:
        """Whether Great Expectations has an expectation of its own for the check."""
        return self.check != "condition" and len(self.columns) < 2

    def as_entry(self, table: CheckedTable) -> Entry:
        """Return the check as an entry like any other rule's."""
        described = {name: getattr(self, name) for name in Described.model_fields}
        return Entry(
            **described,
            scope=table.scope,
            needs=(Need(table=f"staging.{self.table}", otherwise=f"没有{table.title}的数据"),),
            legal_basis=self.legal_basis or table.legal_basis,
            feeds=self.feeds or table.feeds,
            owner=table.owner,
        )

    def wrong_rows(self, table: CheckedTable, layer: str) -> str:
        """Return the statement that selects every wrong row in ``layer``, under the fixed aliases of all rules.

        Rows of classified projects are told by their place, and by nothing else.
        """
        public = layer == "staging"
        known = contract_columns()
        column = known.get((self.table, self.column))
        identity = known.get((self.table, table.identity))
        place = "'第' || source_row || '行'"
        named = public and not (identity and identity.sensitive)
        shown = public and column is not None and not column.sensitive
        project = public and (self.table, "project_code") in known
        line = "source_row"
        if table.is_form and public:
            cells = f"select source_row from staging.{self.table}_cells where field = {literal(self.column)}"
            line = f"coalesce(({cells}), source_row)"
        return f"""-- {self.id}: {self.title}.
-- Grain: one row per wrong row of {self.table}.
-- Law: {"、".join(map(str, self.legal_basis or table.legal_basis))}
-- Reason: {self.message}
select
    {"project_code" if project else "null"}::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    {self.column if shown else "null"}::varchar as found,
    null::varchar as expected,
    null::decimal(18, 2) as difference,
    null::varchar as difference_unit,
    {f"coalesce({table.identity}::varchar, {place})" if named else place} as identity,
    {literal(self.message)} as detail,
    null::varchar as law,
    source_file,
    source_sheet,
    {line} as source_row
from {self._rows(layer)}
where {self._condition(layer)}
order by source_file, source_sheet, source_row
"""

    def any_wrong(self, layer: str) -> str:
        """Return the statement that tells whether any row in ``layer`` is wrong.

        It reads no more than the columns of the condition, which of ten million sound rows is a fraction of all.
        """
        return f"select exists (from {self._rows(layer)} where {self._condition(layer)}) as found"

    def _rows(self, layer: str) -> str:
        table = f"{layer}.{self.table}"
        if not self.among:
            return table
        # The shared table holds public rows; those of classified projects are few and searched where they stand.
        return f"shared.{self.among}" if layer == "staging" else f"{self.among}({literal(table)})"

    def _condition(self, layer: str) -> str:
        table = self._rows(layer)
        if self.check == "not_null":
            return f"{self.column} is null"
        if self.check == "in_set":
            return f"{self.column} not in ({', '.join(map(literal, self.values))})"
        if self.check == "unique":
            key = ", ".join(self.columns)
            return f"({key}) in (select ({key}) from {table} group by {key} having count(*) > 1)"
        if self.check == "exactly_one_row":
            return f"(select count(*) from {table}) <> 1"
        return self.fails.format(table=table, layer=layer)


class TableChecksFile(Strict):
    """The file ``tables.yaml``: the checked tables and their checks."""

    tables: dict[str, CheckedTable]
    checks: tuple[TableCheck, ...]

    @model_validator(mode="after")
    def _tables_are_described(self) -> TableChecksFile:
        unknown = sorted({check.table for check in self.checks} - self.tables.keys())
        if unknown:
            raise ValueError(f"没有说明的表:{'、'.join(unknown)}")
        return self


@cache
def contract_columns() -> dict[tuple[str, str], Column]:
    """Return the contract's column of each typed field, by table and field."""
    return {
        (table.name, column.field): column
        for contract in load_contracts()
        for table in contract.tables
        for column in table.columns
    }


@cache
def contract_tables() -> dict[str, str]:
    """Return the Chinese name of every table a contract describes."""
    return {table.name: table.title for contract in load_contracts() for table in contract.tables}
