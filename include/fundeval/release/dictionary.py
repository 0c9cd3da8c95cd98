"""The one dictionary of fields: which tables, columns, codes and metrics are published and what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from fundeval.core.datafile import Strict, read_model

FieldType = Literal[
    "text", "code", "integer", "money", "rate", "score", "quantity", "figure", "date", "month", "boolean"
]
MetricKind = Literal["money", "count", "rate", "score", "grade"]


class Column(Strict):
    """One published column.

    Attributes:
        name: Name in every edition of the table.
        type: What the values are; decides type, rounding and text in every edition.
        title: Chinese heading.
        description: Meaning in Chinese.
        description_en: Meaning in English.
        source: Column of the mart, ``(row)`` where the value is computed from the row.
        unit: Unit of the values; empty where they have none.
        codes: Code list that turns the mart's identifiers into the published words.
        required: Whether every row has a value.
    """

    name: str
    type: FieldType
    title: str
    description: str
    description_en: str
    source: str
    unit: str = ""
    codes: str = ""
    required: bool = False


class ForeignKey(Strict):
    """Columns whose values, where there are any, exist in another published table."""

    columns: list[str]
    table: str
    references: list[str]


class PublishedTable(Strict):
    """One published table.

    Attributes:
        title: Chinese name.
        description: Meaning in Chinese.
        description_en: Meaning in English.
        source: ``layer.table`` of the run the rows come from.
        primary_key: Columns that identify a row; empty where rows have no key of their own.
        foreign_keys: References to other published tables.
        order_by: Columns of the mart the rows are sorted by, ``-`` in front for descending.
        columns: The columns in their published order.
    """

    title: str
    description: str
    description_en: str
    source: str
    columns: list[Column]
    primary_key: list[str] = Field(default_factory=list)
    foreign_keys: list[ForeignKey] = Field(default_factory=list)
    order_by: list[str] = Field(default_factory=list)

    @property
    def layer_and_table(self) -> tuple[str, str]:
        """Layer and table of the run the rows come from."""
        layer, _, table = self.source.partition(".")
        return layer, table

    def column(self, name: str) -> Column:
        """Return the column with this name."""
        return next(column for column in self.columns if column.name == name)


class Metric(Strict):
    """One row of the table of metrics.

    Attributes:
        metric: Identifier.
        title: Chinese name.
        kind: How the value is written.
        unit: Unit of the value.
        value: Column of the facts that is the value; empty for a rate.
        numerator: Column of the facts above the line.
        less: Column of the facts taken off the numerator.
        denominator: Column of the facts below the line.
        definition: Meaning in Chinese.
        definition_en: Meaning in English.
    """

    metric: str
    title: str
    kind: MetricKind
    definition: str
    definition_en: str
    unit: str = ""
    value: str = ""
    numerator: str = ""
    less: str = ""
    denominator: str = ""

    @model_validator(mode="after")
    def _value_or_rate(self) -> Metric:
        is_rate = bool(self.numerator and self.denominator)
        if is_rate != (self.kind == "rate") or bool(self.value) == is_rate:
            raise ValueError(f"{self.metric}: a rate has numerator and denominator, anything else a value")
        return self

    @property
    def facts(self) -> list[str]:
        """Columns of the facts it is computed from; score and grade come from the total of the scores instead."""
        if self.kind in ("score", "grade"):
            return []
        return [name for name in (self.value, self.numerator, self.less, self.denominator) if name]


class Fact(Strict):
    """One figure of the whole fund that metrics and indicators are computed from.

    Attributes:
        title: Chinese name.
        of: Facts it is the sum of, with ``-`` before one that is taken off; empty where it has rows of its own.
        withheld: Which of its rows only the private half of a release names; empty for none.
    """

    title: str
    of: list[str] = Field(default_factory=list)
    withheld: Literal["", "classified", "survey"] = ""


class ClassifiedRow(Strict):
    """How the row that sums the classified projects is labelled."""

    key: str
    name: str
    category: str


class Dictionary(Strict):
    """Everything that may be published."""

    version: int
    units: dict[str, str]
    codes: dict[str, dict[str, str]]
    tables: dict[str, PublishedTable]
    classified: ClassifiedRow
    facts: dict[str, Fact]
    metrics: list[Metric]

    @model_validator(mode="after")
    def _names_resolve(self) -> Dictionary:
        for where, column in self._columns():
            if (column.type == "code") != bool(column.codes) or (
                column.codes and column.codes not in self.codes
            ):
                raise ValueError(f"{where}: a code column names a list under codes")
            if column.unit and column.unit not in self.units:
                raise ValueError(f"{where}: unit {column.unit!r} is not listed under units")
        for table_name, table in self.tables.items():
            names = [column.name for column in table.columns]
            if len(set(names)) != len(names) or not set(table.primary_key) <= set(names):
                raise ValueError(f"{table_name}: columns are named twice or the key names none")
        self._facts_resolve()
        return self

    def _facts_resolve(self) -> None:
        named = {name for metric in self.metrics for name in metric.facts}
        named |= {part.removeprefix("-") for fact in self.facts.values() for part in fact.of}
        if named - self.facts.keys():
            raise ValueError(f"facts without evidence: {sorted(named - self.facts.keys())}")

    def _columns(self) -> Iterator[tuple[str, Column]]:
        for table_name, table in self.tables.items():
            for column in table.columns:
                yield f"{table_name}.{column.name}", column

    def words(self, column: Column) -> dict[str, str]:
        """Return identifier → published word of a code column; empty for any other column."""
        return self.codes[column.codes] if column.codes else {}


@cache
def load_dictionary() -> Dictionary:
    """Read the dictionary that comes with the library.

    Raises:
        ConfigurationError: The dictionary contradicts itself.
    """
    return read_model(Path(__file__).with_name("dictionary.yaml"), Dictionary)
