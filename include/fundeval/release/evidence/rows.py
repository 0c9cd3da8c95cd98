"""The rows of source files that every fact counts, by the models of sql/evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import reduce
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.core.engine import engine, parameters_of
from fundeval.core.errors import ReleaseError
from fundeval.core.funds import load_scheme
from fundeval.core.places import sql_folder
from fundeval.core.rooms import RunFolder
from fundeval.core.shared import provide, show_kept
from fundeval.release.dictionary import Dictionary
from fundeval.report.ranges import ROW, ROW_BITS

_PLACE = ("fact", "project_code", "source_file", "source_sha256", "source_sheet")
_PLACE_ORDER = "fact, project_code nulls first, source_file, source_sheet, source_sha256"
_BATCH_ROWS = 1_000_000
# Tables whose classified rows a model of sql/evidence reads beside the public ones.
_SPLIT = ("plan_projects", "releases", "vouchers")

Array = np.ndarray[Any, Any]


def write_public_rows(run: RunFolder, path: Path) -> None:
    """Write the rows the public half of the evidence may name, as ranges per fact and public project.

    The layer ``restricted`` is not opened. Rows come from the engine as sorted numbers, batch by batch.
    """
    with _facts(run, ("staging", "marts")) as (connection, evidence):
        public = evidence.filter("not is_private")
        places = _number_places(connection, public)
        numbered = connection.sql(
            f"select ((place::bigint << {ROW_BITS}) | source_row) as key from public join places "
            f"on {_same_place('public')} order by key"
        )
        batches = numbered.to_arrow_reader(_BATCH_ROWS)
        ranges = row_ranges(batch.column("key").to_numpy(zero_copy_only=False) for batch in batches)
        _write(
            path,
            (_named(places, place, {"first_row": first, "last_row": last}) for place, first, last in ranges),
        )


def write_private_rows(run: RunFolder, dictionary: Dictionary, path: Path) -> None:
    """Write every row of every fact with its amount, those of classified projects and of the survey included.

    Raises:
        ReleaseError: The rows of a fact do not add up to it; every such fact is named, no amount is told.
    """
    with _facts(run, ("staging", "restricted", "marts")) as (connection, evidence):
        places = _number_places(connection, evidence)
        _require_complete(places, run, dictionary)
        # Numbers are sorted, and names put to them as they are written: names would fill the memory.
        rows = connection.sql(
            f"select place, evidence.amount, is_private, source_row from evidence join places "
            f"on {_same_place('evidence')} order by place, source_row, evidence.amount, is_private"
        ).to_arrow_reader(_BATCH_ROWS)
        none = pa.RecordBatch.from_pylist([], rows.schema)
        _write(path, (_named_batch(places, batch) for batch in chain([none], rows)))


def row_ranges(batches: Iterable[Array]) -> Iterator[tuple[Array, Array, Array]]:
    """Yield rows of places as runs of neighbouring rows.

    Args:
        batches: Place times 2 to the 32nd plus row, ascending from the first batch to the last, some perhaps twice.

    Returns:
        Place, first row and last row of runs, in the order of places and rows; what a batch ends with may go on in
        the next, so it is held back.
    """
    first = last = np.array([], dtype=np.int64)
    for keys in batches:
        if not len(keys):
            continue
        begins = np.flatnonzero(np.diff(keys) > 1) + 1
        first = np.concatenate([first, keys[np.append(0, begins)]])
        last = np.concatenate([last, keys[np.append(begins, len(keys)) - 1]])
        if len(first) > len(begins) + 1 and first[1] <= last[0] + 1:
            first, last = np.delete(first, 1), np.delete(last, 0)
        yield _placed(first[:-1], last[:-1])
        first, last = first[-1:], last[-1:]
    yield _placed(first, last)


def _placed(first: Array, last: Array) -> tuple[Array, Array, Array]:
    place, first_row, last_row = (
        part.astype(np.int32) for part in (first >> ROW_BITS, first & ROW, last & ROW)
    )
    return place, first_row, last_row


def _number_places(connection: duckdb.DuckDBPyConnection, rows: duckdb.DuckDBPyRelation) -> pa.Table:
    """Number the places rows stand in, from 0 and in the order of their names; return names and sums of amounts."""
    found = rows.aggregate(f"{', '.join(_PLACE)}, sum(amount) as amount").order(_PLACE_ORDER).to_arrow_table()
    places = found.append_column("place", pa.array(range(found.num_rows), pa.int32()))
    connection.register("places", places)
    return places


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
def _facts(
    run: RunFolder, layers: tuple[str, ...]
) -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyRelation]]:
    """Open an engine and give the rows of all models, those of layers not shown left out.

    They are kept nowhere: the gate has found which vouchers count, and reading the rows again costs less than writing
    them with their names would. Memory does not grow with the vouchers.
    """
    parameters = load_scheme(run.fund_year).parameters()
    with engine(run, layers=layers) as connection:
        _complete_restricted(connection, run, layers)
        show_kept(connection, run, parameters)
        models = []
        for model in sorted((sql_folder() / "evidence").glob("*.sql")):
            sql = model.read_text(encoding="utf-8")
            provide(connection, sql, parameters)
            bound = {name: parameters[name] for name in parameters_of(sql)}
            models.append(connection.sql(sql, params=bound or None))
        yield connection, reduce(lambda rows, more: rows.union(more), models)


def _complete_restricted(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, layers: tuple[str, ...]
) -> None:
    """Show an empty table where no row was classified, or where classified rows are not to be seen."""
    connection.execute("create schema if not exists restricted")
    for table in _SPLIT:
        if "restricted" not in layers or not run.has("restricted", table):
            connection.execute(f"create view restricted.{table} as select * from staging.{table} where false")


def _require_complete(places: pa.Table, run: RunFolder, dictionary: Dictionary) -> None:
    found = places.group_by("fact").aggregate([("amount", "sum")]).to_pylist()
    sums = {row["fact"]: row["amount_sum"] for row in found}
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


def _write(path: Path, tables: Iterator[pa.Table]) -> None:
    """Write tables of names and numbers, of which there is at least one, as one file in which names are plain texts.

    Row numbers ascend, so that their differences take a fifth of the space and of the time to pack.
    """
    table = next(tables)
    rows = {name: "DELTA_BINARY_PACKED" for name in table.column_names if name.endswith("_row")}
    names = [name for name in table.column_names if name not in rows]
    with pq.ParquetWriter(
        path, table.schema, compression="zstd", store_schema=False, use_dictionary=names, column_encoding=rows
    ) as writer:
        for each in chain([table], tables):
            writer.write_table(each)
