"""Parquet: every value of every column, names and metadata."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fundeval.release.redaction.formats.parts import Integers, Parts, Text, Unreadable
from fundeval.release.redaction.normalise import decoded_bytes

_BATCH_ROWS = 1_000_000


def parquet_parts(content: bytes) -> Parts:
    """Give the names, the metadata and the values of a Parquet file, batch by batch.

    Raises:
        Unreadable: It is damaged or encrypted, or has a column whose values cannot be shown as text.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        yield Text("元数据", _metadata(file))
        texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
        # Texts come as numbers of the distinct ones, so that each is made and searched once.
        file = pq.ParquetFile(io.BytesIO(content), read_dictionary=texts)
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for field, values in zip(batch.schema, batch.columns, strict=True):
                if pa.types.is_integer(field.type):
                    yield Integers(f"列 {field.name}", _digits(values), partial(_text, values))
                else:
                    yield Text(f"列 {field.name}", _text(values), amounts=_is_number(field.type))
    except (pa.ArrowException, OSError) as error:
        raise Unreadable("Parquet 文件损坏或有不支持的列") from error


def outside_values(content: bytes) -> bytes:
    """Return the bytes of a Parquet file beside its columns of values, which :func:`parquet_parts` reads one by one.

    Compressed values say nothing as bytes, and searching them in every encoding takes minutes for millions of rows.
    What cannot be read as Parquet is returned whole.
    """
    try:
        metadata = pq.ParquetFile(io.BytesIO(content)).metadata
    except (pa.ArrowException, OSError):
        return content
    pieces, at = [], 0
    for start, end in sorted(_chunks(metadata)):
        pieces.append(content[at : max(at, start)])
        at = max(at, end)
    return b"\0".join([*pieces, content[at:]])


def _chunks(metadata: pq.FileMetaData) -> Iterator[tuple[int, int]]:
    """Give where each column of each row group begins and ends."""
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for column in (group.column(at) for at in range(group.num_columns)):
            offsets = (column.dictionary_page_offset, column.data_page_offset)
            # A column without rows has no page anywhere.
            start = min((offset for offset in offsets if offset), default=0)
            yield start, start + column.total_compressed_size


def _digits(values: pa.Array) -> int:
    ends = pc.min_max(values).as_py()
    return max(len(str(abs(end))) for end in (ends["min"] or 0, ends["max"] or 0))


def _metadata(file: pq.ParquetFile) -> str:
    pairs = (file.schema_arrow.metadata or {}) | (file.metadata.metadata or {})
    known = [str(file.schema_arrow), str(file.metadata.created_by)]
    return "\n".join([*known, *(decoded_bytes(part) or "" for pair in pairs.items() for part in pair)])


def _text(values: pa.Array) -> str:
    if pa.types.is_nested(values.type) or pa.types.is_binary(values.type):
        return "\n".join(str(value) for value in values.to_pylist())
    if pa.types.is_dictionary(values.type):
        # All the file holds of the column, also texts that no row has: whoever opens the file can read them.
        return "\n".join(pc.drop_null(values.dictionary).to_pylist())
    return "\n".join(pc.unique(pc.drop_null(pc.cast(values, pa.string()))).to_pylist())


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
