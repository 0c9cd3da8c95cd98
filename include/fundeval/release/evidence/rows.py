"""The rows of source files that every fact counts, by the models of sql/evidence."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.core.engine import engine, literal, parameters_of, query
from fundeval.core.errors import ReleaseError
from fundeval.core.funds import load_scheme
from fundeval.core.places import sql_folder
from fundeval.core.rooms import RunFolder
from fundeval.release.dictionary import Dictionary

_ORDER = "fact, project_code nulls first, source_file, source_sheet, source_row"
_RANGE_ORDER = "fact, project_code nulls first, source_file, source_sheet, first_row"
# Tables whose classified rows a model of sql/evidence reads beside the public ones.
_SPLIT = ("plan_projects", "releases", "vouchers")


def write_public_rows(run: RunFolder, path: Path) -> None:
    """Write the rows the public half of the evidence may name, as ranges per fact and public project.

    The layer ``restricted`` is not opened.
    """
    with _facts(run, ("staging", "marts")) as connection:
        connection.execute("create temp view public_rows as select * from evidence where not is_private")
        _write(connection, f"select * from row_ranges('public_rows') order by {_RANGE_ORDER}", path)


def write_private_rows(run: RunFolder, dictionary: Dictionary, path: Path) -> None:
    """Write every row of every fact with its amount, those of classified projects and of the survey included.

    Raises:
        ReleaseError: The rows of a fact do not add up to it; every such fact is named, no amount is told.
    """
    with _facts(run, ("staging", "restricted", "marts")) as connection:
        _require_complete(connection, run, dictionary)
        _write(connection, f"select * from evidence order by {_ORDER}", path)


@contextmanager
def _facts(run: RunFolder, layers: tuple[str, ...]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine with one view ``evidence``: the rows of all models, those of layers not shown left out.

    Every model is streamed into a file of its own first, so that memory does not grow with the vouchers.
    """
    parameters = load_scheme(run.fund_year).parameters()
    with (
        tempfile.TemporaryDirectory(prefix=".evidence-", dir=run.path) as folder,
        engine(run, layers=layers) as connection,
    ):
        _complete_restricted(connection, run, layers)
        for model in sorted((sql_folder() / "evidence").glob("*.sql")):
            sql = model.read_text(encoding="utf-8")
            bound = {name: parameters[name] for name in parameters_of(sql)}
            _write(connection, sql, Path(folder, f"{model.stem}.parquet"), bound)
        written = literal(str(Path(folder, "*.parquet")))
        connection.execute(f"create temp view evidence as select * from read_parquet({written})")
        yield connection


def _complete_restricted(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, layers: tuple[str, ...]
) -> None:
    """Show an empty table where no row was classified, or where classified rows are not to be seen."""
    connection.execute("create schema if not exists restricted")
    for table in _SPLIT:
        if "restricted" not in layers or not run.has("restricted", table):
            connection.execute(f"create view restricted.{table} as select * from staging.{table} where false")


def _require_complete(connection: duckdb.DuckDBPyConnection, run: RunFolder, dictionary: Dictionary) -> None:
    found = query(connection, "select fact, sum(amount) as amount from evidence group by fact").to_pylist()
    sums = {row["fact"]: row["amount"] for row in found}
    facts = run.rows("marts", "fund_facts")[0]
    wrong = [
        fact.title
        for name, fact in dictionary.facts.items()
        if not fact.of and not _agrees(sums, name, facts[name])
    ]
    if wrong:
        raise ReleaseError(f"来源行合计与下列数字不符,不予发布:{'、'.join(wrong)}。")


def _agrees(sums: dict[str, Decimal | None], name: str, value: object) -> bool:
    """Tell whether rows add up to a fact; what is no sum of rows, or not computable, has nothing to add up to."""
    if value is None or (name in sums and sums[name] is None):
        return True
    return (sums.get(name) or Decimal(0)) == Decimal(str(value))


def _write(
    connection: duckdb.DuckDBPyConnection, sql: str, path: Path, bound: Mapping[str, Any] | None = None
) -> None:
    reader = connection.sql(sql, params=dict(bound) if bound else None).to_arrow_reader(100_000)
    with pq.ParquetWriter(path, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_table(pa.Table.from_batches([batch]))
