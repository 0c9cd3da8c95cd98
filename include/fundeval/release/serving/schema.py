"""Tables of the serving database, from the dictionary of fields: keyed by fund, year, version and row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from fundeval.release.dictionary import Column, Dictionary, FieldType

RELEASES = "releases"
KEY = ("fund", "year", "version")

_DECIMALS: dict[FieldType, tuple[int, int]] = {
    "money": (18, 2),
    "rate": (18, 2),
    "score": (8, 2),
    "quantity": (22, 4),
}
_PLAIN: dict[FieldType, TypeEngine[Any]] = {
    "integer": sa.BigInteger(),
    "date": sa.Date(),
    "boolean": sa.Boolean(),
}


class ExactDecimal(sa.types.TypeDecorator[Decimal]):
    """A decimal that stays one: NUMERIC where the database has it, its text in SQLite, whose NUMERIC is a float."""

    impl = sa.Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep text in SQLite, NUMERIC of the declared size elsewhere."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Write the exact digits."""
        return f"{value:f}" if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Read the exact digits."""
        return None if value is None else Decimal(value)


def serving_schema(dictionary: Dictionary) -> sa.MetaData:
    """Return the tables: ``releases`` and one per published table."""
    metadata = sa.MetaData()
    sa.Table(
        RELEASES,
        metadata,
        *_key_columns(),
        sa.Column("release_sha256", sa.String(64), nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("published_at", sa.Text, nullable=False),
        sa.Column("scheme_year", sa.Integer, nullable=False),
        sa.Column("scheme_sha256", sa.String(64), nullable=False),
        sa.Column("scheme_is_fallback", sa.Boolean, nullable=False),
        sa.Column("code_version", sa.Text, nullable=False),
        sa.Column("withdrawn_at", sa.Text),
        sa.Column("withdrawn_reason", sa.Text),
    )
    for name, table in dictionary.tables.items():
        sa.Table(
            name,
            metadata,
            *_key_columns(),
            sa.Column("row_no", sa.Integer, primary_key=True, autoincrement=False),
            *(
                sa.Column(column.name, _type(column), nullable=not column.required)
                for column in table.columns
            ),
            sa.ForeignKeyConstraint(
                KEY, [f"{RELEASES}.{column}" for column in KEY], name=f"fk_{name}_release"
            ),
            *_natural_key(name, table.primary_key),
        )
    return metadata


def _key_columns() -> list[sa.Column[Any]]:
    types: tuple[TypeEngine[Any], ...] = (sa.String(63), sa.Integer(), sa.Integer())
    return [
        sa.Column(name, kind, primary_key=True, autoincrement=False)
        for name, kind in zip(KEY, types, strict=True)
    ]


def _natural_key(name: str, primary_key: list[str]) -> list[sa.UniqueConstraint]:
    return [sa.UniqueConstraint(*KEY, *primary_key, name=f"uq_{name}")] if primary_key else []


def _type(column: Column) -> TypeEngine[Any]:
    if column.type in _DECIMALS:
        return ExactDecimal(*_DECIMALS[column.type])
    return _PLAIN.get(column.type, sa.Text())
