"""The first schema: releases, one table per published table, and views of the latest standing release.

A migration is history: it spells its columns out and does not follow the dictionary of fields when that changes.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY = ("fund", "year", "version")


def _decimal(precision: int, scale: int) -> sa.types.TypeEngine[Any]:
    """NUMERIC, but exact text in SQLite, which would keep a float."""
    return sa.Numeric(precision, scale).with_variant(sa.Text(), "sqlite")


def _key() -> list[sa.Column[Any]]:
    return [
        sa.Column("fund", sa.String(63), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    ]


_LATEST_RELEASES = """
create view latest_releases as
select releases.*
from releases
where
    releases.withdrawn_at is null
    and not exists (
        select 1
        from releases as newer
        where
            newer.fund = releases.fund
            and newer.year = releases.year
            and newer.version > releases.version
            and newer.withdrawn_at is null
    )
"""

_LATEST_ROWS = """
create view latest_{table} as
select {table}.*
from {table}
inner join latest_releases
    on
        {table}.fund = latest_releases.fund
        and {table}.year = latest_releases.year
        and {table}.version = latest_releases.version
"""


def _tables() -> dict[str, tuple[tuple[str, ...], list[sa.Column[Any]]]]:
    """Return per table its natural key and its columns after the common key."""
    return {
        "metrics": (
            ("metric",),
            [
                sa.Column("metric", sa.Text(), nullable=False),
                sa.Column("value", sa.Text(), nullable=True),
                sa.Column("unit", sa.Text(), nullable=True),
                sa.Column("numerator", _decimal(22, 4), nullable=True),
                sa.Column("denominator", _decimal(22, 4), nullable=True),
                sa.Column("definition", sa.Text(), nullable=False),
            ],
        ),
        "projects": (
            ("project_code",),
            [
                sa.Column("project_code", sa.Text(), nullable=False),
                sa.Column("project_name", sa.Text(), nullable=False),
                sa.Column("category", sa.Text(), nullable=True),
                sa.Column("unit", sa.Text(), nullable=True),
                sa.Column("released", _decimal(18, 2), nullable=False),
                sa.Column("paid", _decimal(18, 2), nullable=False),
                sa.Column("carry_over", _decimal(18, 2), nullable=False),
                sa.Column("project_nature", sa.Text(), nullable=True),
                sa.Column("planned", _decimal(18, 2), nullable=True),
                sa.Column("applied", _decimal(18, 2), nullable=True),
                sa.Column("execution_rate", _decimal(18, 2), nullable=True),
                sa.Column("project_status", sa.Text(), nullable=True),
                sa.Column("unfinished_cause", sa.Text(), nullable=True),
                sa.Column("contract_amount", _decimal(18, 2), nullable=True),
                sa.Column("reviewed_on", sa.Date(), nullable=True),
                sa.Column("awarded_on", sa.Date(), nullable=True),
                sa.Column("signed_on", sa.Date(), nullable=True),
                sa.Column("contract_finish_on", sa.Date(), nullable=True),
                sa.Column("started_on", sa.Date(), nullable=True),
                sa.Column("finished_on", sa.Date(), nullable=True),
                sa.Column("acceptance_result", sa.Text(), nullable=True),
                sa.Column("test_result", sa.Text(), nullable=True),
                sa.Column("settlement_planned", _decimal(18, 2), nullable=True),
                sa.Column("settlement_audited", _decimal(18, 2), nullable=True),
                sa.Column("benefit_code", sa.Text(), nullable=True),
                sa.Column("benefit_level", sa.Text(), nullable=True),
            ],
        ),
        "indicators": (
            ("code",),
            [
                sa.Column("code", sa.Text(), nullable=False),
                sa.Column("level1", sa.Text(), nullable=False),
                sa.Column("level2", sa.Text(), nullable=False),
                sa.Column("level3", sa.Text(), nullable=False),
                sa.Column("weight", _decimal(8, 2), nullable=False),
                sa.Column("score", _decimal(8, 2), nullable=False),
                sa.Column("deduction", _decimal(8, 2), nullable=False),
                sa.Column("basis", sa.Text(), nullable=True),
                sa.Column("numerator", _decimal(22, 4), nullable=True),
                sa.Column("denominator", _decimal(22, 4), nullable=True),
            ],
        ),
        "findings": (
            (),
            [
                sa.Column("rule", sa.Text(), nullable=False),
                sa.Column("project_code", sa.Text(), nullable=True),
                sa.Column("indicator", sa.Text(), nullable=True),
                sa.Column("detail", sa.Text(), nullable=False),
                sa.Column("legal_basis", sa.Text(), nullable=True),
                sa.Column("source_file", sa.Text(), nullable=True),
                sa.Column("source_sheet", sa.Text(), nullable=True),
                sa.Column("source_row", sa.BigInteger(), nullable=True),
                sa.Column("project_name", sa.Text(), nullable=True),
                sa.Column("category", sa.Text(), nullable=True),
                sa.Column("benefit_code", sa.Text(), nullable=True),
                sa.Column("deducts", sa.Boolean(), nullable=False),
                sa.Column("found", sa.Text(), nullable=True),
                sa.Column("expected", sa.Text(), nullable=True),
                sa.Column("difference", _decimal(22, 4), nullable=True),
                sa.Column("difference_unit", sa.Text(), nullable=True),
                sa.Column("identity", sa.Text(), nullable=True),
            ],
        ),
        "months": (
            ("month",),
            [
                sa.Column("month", sa.Text(), nullable=False),
                sa.Column("paid", _decimal(18, 2), nullable=False),
            ],
        ),
        "units": (
            ("unit",),
            [
                sa.Column("unit", sa.Text(), nullable=False),
                sa.Column("projects", sa.BigInteger(), nullable=False),
                sa.Column("released", _decimal(18, 2), nullable=False),
                sa.Column("paid", _decimal(18, 2), nullable=False),
                sa.Column("carry_over", _decimal(18, 2), nullable=False),
                sa.Column("execution_rate", _decimal(18, 2), nullable=True),
            ],
        ),
        "services": (
            ("indicator_name",),
            [
                sa.Column("indicator_name", sa.Text(), nullable=False),
                sa.Column("measure_unit", sa.Text(), nullable=True),
                sa.Column("target_operator", sa.Text(), nullable=False),
                sa.Column("target_value", _decimal(22, 4), nullable=False),
                sa.Column("actual_value", _decimal(22, 4), nullable=True),
                sa.Column("is_met", sa.Boolean(), nullable=False),
            ],
        ),
        "survey": (
            (),
            [
                sa.Column("question_no", sa.BigInteger(), nullable=False),
                sa.Column("question_text", sa.Text(), nullable=False),
                sa.Column("question_type", sa.Text(), nullable=False),
                sa.Column("option_text", sa.Text(), nullable=True),
                sa.Column("answers", sa.BigInteger(), nullable=False),
            ],
        ),
    }


def upgrade() -> None:
    """Make every table and view."""
    op.create_table(
        "releases",
        *_key(),
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
    op.execute(_LATEST_RELEASES)
    for name, (natural_key, columns) in _tables().items():
        unique = [sa.UniqueConstraint(*_KEY, *natural_key, name=f"uq_{name}")] if natural_key else []
        op.create_table(
            name,
            *_key(),
            sa.Column("row_no", sa.Integer, primary_key=True, autoincrement=False),
            *columns,
            sa.ForeignKeyConstraint(
                _KEY, [f"releases.{column}" for column in _KEY], name=f"fk_{name}_release"
            ),
            *unique,
        )
        op.execute(_LATEST_ROWS.format(table=name))


def downgrade() -> None:
    """Take every view and table away."""
    for name in reversed(_tables()):
        op.execute(f"drop view latest_{name}")
        op.drop_table(name)
    op.execute("drop view latest_releases")
    op.drop_table("releases")
