"""The rows of source files that every fact counts, by the models of sql/evidence."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.core.engine import engine, literal, parameters_of, query
from fundeval.core.errors import ReleaseError
from fundeval.core.funds import load_scheme
from fundeval.core.places import sql_folder
from fundeval.core.rooms import RunFolder
from fundeval.release.dictionary import Dictionary
from fundeval.report.ranges import ROW, ROW_BITS, joined_keys

_PLACE = ("fact", "project_code", "source_file", "source_sha256", "source_sheet")
_PLACE_ORDER = "fact, project_code nulls first, source_file, source_sheet, source_sha256"
_BATCH_ROWS = 1_000_000
# Tables whose classified rows a model of sql/evidence reads beside the public ones.
_SPLIT = ("plan_projects", "releases", "vouchers")


def write_public_rows(run: RunFolder, path: Path) -> None:
    """Write the rows the public half of the evidence may name, as ranges per fact and public project.

    The layer ``restricted`` is not opened. A row is held as one number while ranges are made: 8 bytes of memory.
    """
    with _facts(run, ("staging", "marts")) as connection:
        connection.execute("create temp view public_rows as select * from evidence where not is_private")
        places = _number_places(connection, "public_rows")
        key = f"((place::bigint << {ROW_BITS}) | source_row) as key"
        numbered = connection.sql(
            f"select {key} from public_rows join places on {_same_place('public_rows')}"
        )
        keys = numbered.fetchnumpy()["key"].astype(np.int64)
    place, first_row, last_row = row_ranges(keys)
    ranges = _named(places, place, {"first_row": first_row, "last_row": last_row})
    _write(path, ranges.schema, [ranges])


def write_private_rows(run: RunFolder, dictionary: Dictionary, path: Path) -> None:
    """Write every row of every fact with its amount, those of classified projects and of the survey included.

    Raises:
        ReleaseError: The rows of a fact do not add up to it; every such fact is named, no amount is told.
    """
    with _facts(run, ("staging", "restricted", "marts")) as connection:
        _require_complete(connection, run, dictionary)
        places = _number_places(connection, "evidence")
        # Numbers are sorted, and names put to them as they are written: names would fill the memory.
        rows = connection.sql(
            f"select place, amount, is_private, source_row from evidence join places on {_same_place('evidence')} "
            "order by place, source_row, amount, is_private"
        ).to_arrow_reader(_BATCH_ROWS)
        none = _named_batch(places, pa.RecordBatch.from_pylist([], rows.schema))
        _write(path, none.schema, (_named_batch(places, batch) for batch in rows))


def row_ranges(keys: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], ...]:
    """Return rows of places as runs of neighbouring rows.

    Args:
        keys: Place times 2 to the 32nd plus row, in any order, some perhaps twice.

    Returns:
        Place, first row and last row of each run, in the order of places and rows.
    """
    firsts, lasts = joined_keys(keys, keys)
    return tuple(part.astype(np.int32) for part in (firsts >> ROW_BITS, firsts & ROW, lasts & ROW))


def _number_places(connection: duckdb.DuckDBPyConnection, rows: str) -> pa.Table:
    """Number the places rows stand in, from 0 and in the order of their names; return the names."""
    connection.execute(
        f"create temp table places as select row_number() over (order by {_PLACE_ORDER}) - 1 as place, * "
        f"from (select distinct {', '.join(_PLACE)} from {rows})"
    )
    return query(connection, f"select {', '.join(_PLACE)} from places order by place")


def _same_place(rows: str) -> str:
    return " and ".join(f"{rows}.{name} is not distinct from places.{name}" for name in _PLACE)


def _named(places: pa.Table, place: Any, others: Mapping[str, Any]) -> pa.Table:
    """Put the names of places to numbers of places; each name is kept once."""
    at = pa.array(place, pa.int32())
    names = {name: places.column(name).combine_chunks().dictionary_encode() for name in _PLACE}
    columns = {
        name: pa.DictionaryArray.from_arrays(kept.indices.take(at), kept.dictionary)
        for name, kept in names.items()
    }
    return pa.table({**columns, **others})


def _named_batch(places: pa.Table, batch: pa.RecordBatch) -> pa.Table:
    others = {name: batch.column(name) for name in ("amount", "is_private", "source_row")}
    named = _named(places, batch.column("place").cast(pa.int32()), others)
    return named.select(["fact", "project_code", "amount", "is_private", *_PLACE[2:], "source_row"])


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
            facts = connection.sql(sql, params=bound or None)
            facts.write_parquet(str(Path(folder, f"{model.stem}.parquet")), compression="snappy")
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


def _write(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables of names and numbers as one file, in which names are plain texts."""
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False) as writer:
        for table in tables:
            writer.write_table(table)
