"""Parquet: every value of every column, names and metadata."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fundeval.release.redaction.formats.parts import Parts, Text, Unreadable
from fundeval.release.redaction.normalise import decoded_bytes


def parquet_parts(content: bytes) -> Parts:
    """Give the names, the metadata and the values of a Parquet file, batch by batch.

    Raises:
        Unreadable: It is damaged or encrypted, or has a column whose values cannot be shown as text.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        yield Text("元数据", _metadata(file))
        for batch in file.iter_batches():
            for field, values in zip(batch.schema, batch.columns, strict=True):
                yield Text(f"列 {field.name}", _text(values), amounts=_is_number(field.type))
    except (pa.ArrowException, OSError) as error:
        raise Unreadable("Parquet 文件损坏或有不支持的列") from error


def _metadata(file: pq.ParquetFile) -> str:
    pairs = (file.schema_arrow.metadata or {}) | (file.metadata.metadata or {})
    known = [str(file.schema_arrow), str(file.metadata.created_by)]
    return "\n".join([*known, *(decoded_bytes(part) or "" for pair in pairs.items() for part in pair)])


def _text(values: pa.Array) -> str:
    if pa.types.is_nested(values.type) or pa.types.is_binary(values.type):
        return "\n".join(str(value) for value in values.to_pylist())
    return "\n".join(pc.unique(pc.drop_null(pc.cast(values, pa.string()))).to_pylist())


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
