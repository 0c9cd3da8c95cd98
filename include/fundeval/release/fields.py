"""What the types of the dictionary mean: values kept, texts in CSV, types in Parquet and JSON schema."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from fundeval.core.money import number_text, round_half_up
from fundeval.release.dictionary import Column, FieldType

Cell = str | int | Decimal | dt.date | bool | None
Row = dict[str, Cell]
Dataset = dict[str, list[Row]]

YES_NO: Mapping[bool, str] = {True: "是", False: "否"}
GUARD = "'"

_TWO_DECIMALS: frozenset[FieldType] = frozenset({"money", "rate", "score"})
_BILLION = Decimal(1_000_000_000)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# What a spreadsheet takes for a formula, as typed on an ASCII or a Chinese keyboard, and the guard itself,
# so that taking one guard off always gives the text back.
_DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", GUARD)
_INVISIBLE = " \u00a0\u3000\u200b\u200c\u200d\u2060\ufeff"

_ARROW: dict[FieldType, pa.DataType] = {
    "text": pa.string(),
    "code": pa.string(),
    "figure": pa.string(),
    "month": pa.string(),
    "integer": pa.int64(),
    "money": pa.decimal128(18, 2),
    "rate": pa.decimal128(18, 2),
    "score": pa.decimal128(8, 2),
    "quantity": pa.decimal128(22, 4),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}
_JSON: dict[FieldType, str] = {
    "text": "string",
    "code": "string",
    "figure": "string",
    "month": "yearmonth",
    "integer": "integer",
    "money": "number",
    "rate": "number",
    "score": "number",
    "quantity": "number",
    "date": "date",
    "boolean": "boolean",
}


def arrow_type(column: Column) -> pa.DataType:
    """Return the column's type in Parquet."""
    return _ARROW[column.type]


def json_type(column: Column) -> str:
    """Return the column's type in a Frictionless table schema."""
    return _JSON[column.type]


def kept(column: Column, value: Any) -> Cell:
    """Return ``value`` as the column keeps it: decimals at the column's scale, empty texts as nothing."""
    if value is None or value == "":
        return None
    if column.type in _TWO_DECIMALS:
        return round_half_up(Decimal(value))
    if column.type == "quantity":
        return plain(Decimal(value))
    if column.type == "integer":
        return int(value)
    if column.type == "boolean":
        return bool(value)
    if column.type == "date":
        return _day(value)
    return str(value)


def csv_text(column: Column, value: Cell) -> str:
    """Return the text of a CSV cell; texts are guarded against formulas, numbers never are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int) or (column.type == "figure" and _NUMBER.fullmatch(value)):
        return str(value)
    # A code comes from the dictionary and never from a file: guarded, it would no longer be a code of its list.
    return value if column.type == "code" else guard(value)


def from_csv_text(column: Column, text: str) -> Cell:
    """Read a CSV cell back; the inverse of :func:`csv_text`."""
    if column.type == "boolean" and text:
        return text == YES_NO[True]
    return kept(column, unguard(text) if _is_text(column) and column.type != "code" else text)


def plain(value: Decimal) -> Decimal:
    """Return a quantity without needless decimals; from a billion on it keeps two, as the money it then is.

    A bare run of eleven digits would read like a telephone number, to people and to the redaction gate.
    """
    bare = Decimal(number_text(value))
    return bare if abs(bare) < _BILLION or -int(bare.as_tuple().exponent) >= 2 else round_half_up(bare)


def guard(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet program could take for a formula.

    Texts that begin with an apostrophe get one more, so :func:`unguard` undoes it without doubt.
    """
    return GUARD + text if text.lstrip(_INVISIBLE).startswith(_DANGEROUS) else text


def unguard(text: str) -> str:
    """Take the apostrophe of :func:`guard` off again."""
    return text[1:] if text.startswith(GUARD) else text


def _is_text(column: Column) -> bool:
    return _JSON[column.type] in ("string", "yearmonth")


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
