"""One published table as CSV and as Parquet, written and read back."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.release.dictionary import Dictionary, PublishedTable
from fundeval.release.fields import Dataset, Row, arrow_type, csv_text, from_csv_text, kept

# Windows spreadsheet programs take a CSV for UTF-8 only where it begins with a byte order mark.
CSV_ENCODING = "utf-8-sig"
# The line end of RFC 4180.
CSV_LINE_END = "\r\n"


def write_csv(table: PublishedTable, rows: list[Row], path: Path) -> None:
    """Write a table as CSV: UTF-8 with BOM, CRLF, texts guarded against formulas."""
    with path.open("w", encoding=CSV_ENCODING, newline="") as handle:
        writer = csv.writer(handle, lineterminator=CSV_LINE_END)
        writer.writerow([column.name for column in table.columns])
        for row in rows:
            writer.writerow([csv_text(column, row[column.name]) for column in table.columns])


def read_csv(table: PublishedTable, path: Path) -> list[Row]:
    """Read a table back from its CSV edition; guards are taken off."""
    with path.open(encoding=CSV_ENCODING, newline="") as handle:
        return [
            {column.name: from_csv_text(column, cells[column.name]) for column in table.columns}
            for cells in csv.DictReader(handle)
        ]


def write_parquet(table: PublishedTable, rows: list[Row], path: Path) -> None:
    """Write a table as Parquet with the types of the dictionary."""
    schema = pa.schema(
        [pa.field(column.name, arrow_type(column), nullable=not column.required) for column in table.columns]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")


def read_parquet(table: PublishedTable, path: Path) -> list[Row]:
    """Read a table back from its Parquet edition."""
    return [
        {column.name: kept(column, row[column.name]) for column in table.columns}
        for row in pq.read_table(path).to_pylist()
    ]


def read_dataset(folder: Path, dictionary: Dictionary) -> Dataset:
    """Read every published table of a ``dataset`` folder from its Parquet edition."""
    return {
        name: read_parquet(table, folder / f"{name}.parquet") for name, table in dictionary.tables.items()
    }
