"""The two stages that make the marts: one that may see classified rows, one that may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from fundeval.core.context import RunContext
from fundeval.core.engine import engine, first_row, show_tables, write_query
from fundeval.core.errors import FundevalError
from fundeval.core.funds import load_scheme
from fundeval.core.rooms import LAYERS, RunFolder
from fundeval.core.shared import provide, show_kept, tables_of
from fundeval.measures.models import Model, load_models

_PUBLIC_LAYERS = tuple(layer for layer in LAYERS if layer != "restricted")


def seal_classified(context: RunContext) -> dict[str, Any]:
    """Leave of the classified projects one aggregate and their part of the fund's totals.

    The only stage that reads the layer ``restricted``: every model that names it runs here, and none of them
    keeps a row of it.

    Returns:
        Number of tables written; nothing about classified projects.
    """
    models = [model for model in load_models() if model.is_sealed]
    with engine(context.run, tables=_tables_behind(models)) as connection:
        _complete_restricted(connection, models)
        _run(connection, models, context)
    return {"tables": len(models)}


def measure(context: RunContext) -> dict[str, Any]:
    """Run every other model over the public rows and the sealed totals.

    Returns:
        Rows per table written.
    """
    models = [model for model in load_models() if not model.is_sealed]
    tables = _tables_behind(models)
    with engine(context.run, layers=_PUBLIC_LAYERS, tables=tables) as connection:
        counts = _run(connection, models, context)
    return {"tables": len(models), "rows": counts}


def _tables_behind(models: Iterable[Model]) -> set[str]:
    """Return every table some models read; of a classified one its public twin too, which has its columns."""
    named = {table for model in models for table in tables_of(model.sql)}
    return named | {table.replace("restricted.", "staging.") for table in named}


def _run(
    connection: duckdb.DuckDBPyConnection, models: Iterable[Model], context: RunContext
) -> dict[str, int]:
    parameters = load_scheme(context.fund_year).parameters()
    show_kept(connection, context.run, parameters)
    return {model.name: _make(connection, model, parameters, context.run) for model in models}


def _make(
    connection: duckdb.DuckDBPyConnection, model: Model, parameters: Mapping[str, Any], run: RunFolder
) -> int:
    provide(connection, model.sql, parameters)
    write_query(connection, model.sql, parameters, run, "marts", model.name)
    show_tables(connection, run, ("marts",), tables=(f"marts.{model.name}",))
    return _checked_rows(connection, model)


def _checked_rows(connection: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Count the rows of a finished model; a repeated key would double money unseen, so it ends the run."""
    key = ", ".join(f'"{column}"' for column in model.key) or "1"
    table = f'marts."{model.name}"'
    rows, hashes = first_row(connection, f"select count(*), count(distinct hash({key})) from {table}")
    # As many hashes as rows means as many keys; only where two are the same are the keys themselves compared, so that
    # ten million of them need no table of texts.
    keys = (
        rows
        if rows == hashes
        else first_row(connection, f"select count(*) from (select distinct {key} from {table})")[0]
    )
    if rows != keys or (not model.key and rows != 1):
        raise FundevalError(
            f"结果表“{model.name}”应按{'、'.join(model.key) or '单行'}唯一,实际{rows}行、{keys}个键。"
        )
    return int(rows)


def _complete_restricted(connection: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> None:
    """Where no row of a kind was classified, show an empty table with the columns of its public twin."""
    present = {
        name for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'restricted'"
        ).fetchall()
    }  # fmt: skip
    needed = {table for model in models for layer, table in model.reads if layer == "restricted"}
    for table in sorted(needed - present):
        connection.execute(f'create view restricted."{table}" as select * from staging."{table}" where false')
