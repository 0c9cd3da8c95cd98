"""Tables that several rules and models read: made once per engine, by the first that asks for one.

``shared.<name>`` in a statement stands for the rows of sql/shared/<name>.sql. Without them every rule about payments
would drop repeated vouchers and sum ten million rows for itself (docs/decisions/0045-shared-tables.md). What stages
after the gate ask for as well the gate keeps (docs/decisions/0077-what-the-gate-keeps.md).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from fundeval.core.engine import literal, parameters_of
from fundeval.core.errors import ConfigurationError
from fundeval.core.places import sql_folder
from fundeval.core.rooms import RunFolder, replacing

# What the gate keeps: small beside the export, and asked for by the measures or by rules after them.
KEPT = ("payments", "uncounted_vouchers")
_MADE_FROM = "made_from"

_COMMENT = re.compile(r"--[^\n]*")
_SHARED = re.compile(r"\bshared\.([a-z_][a-z0-9_]*)")
_TABLE = re.compile(r"\b(?:staging|restricted|whole|marts|checks)\.[a-z_][a-z0-9_]*")
_MACRO = re.compile(r"create or replace macro ([a-z_0-9]+)\s*\(", re.IGNORECASE)


@cache
def shared_statement(name: str) -> str:
    """Return the statement that selects the rows of a shared table.

    Raises:
        ConfigurationError: There is no such file in sql/shared.
    """
    path = sql_folder() / "shared" / f"{name}.sql"
    if not path.is_file():
        raise ConfigurationError(f"没有名为{name}的共用表(sql/shared/{name}.sql)。")
    return path.read_text(encoding="utf-8")


def shared_of(sql: str) -> list[str]:
    """Return the names of the shared tables a statement names itself, sorted."""
    return sorted(set(_SHARED.findall(_COMMENT.sub("", sql))))


def tables_of(sql: str) -> frozenset[str]:
    """Return every ``<layer>.<table>`` a statement reads, those behind shared tables and macros included."""
    text = _COMMENT.sub("", sql)
    behind = [shared_statement(name) for name in shared_of(text)]
    behind += [body for name, body in _table_macros().items() if _calls(text, [name])]
    return frozenset(_TABLE.findall(text)).union(*map(tables_of, behind))


@cache
def _table_macros() -> dict[str, str]:
    """Return what each macro of sql/macros stands for that reads a table, itself or by another; the rest read none."""
    macros: dict[str, str] = {}
    for path in _sql_files("macros"):
        _, *parts = _MACRO.split(_COMMENT.sub("", path.read_text(encoding="utf-8")))
        macros.update(zip(parts[::2], parts[1::2], strict=True))
    reading = {name for name, body in macros.items() if _TABLE.search(body)}
    while more := {name for name, body in macros.items() if name not in reading and _calls(body, reading)}:
        reading |= more
    return {name: macros[name] for name in reading}


def _calls(text: str, macros: Collection[str]) -> bool:
    return any(re.search(rf"\b{name}\s*\(", text) for name in macros)


def provide(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]) -> None:
    """Make the shared tables a statement reads, where the engine does not hold them yet.

    Args:
        connection: Engine with the layers of a run.
        sql: A rule's statement.
        parameters: What rules may bind.
    """
    for name in shared_of(sql):
        if _is_there(connection, name):
            continue
        statement = shared_statement(name)
        provide(connection, statement, parameters)
        bound = {each: parameters[each] for each in parameters_of(statement)}
        connection.execute("create schema if not exists shared")
        connection.sql(statement, params=bound or None).create(f"shared.{name}")


def _is_there(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    # Asking for no rows costs a tenth of what asking the catalogue costs, and every rule asks.
    try:
        connection.execute(f"select 1 from shared.{name} limit 0")
    except duckdb.CatalogException:
        return False
    return True


def keep_shared(connection: duckdb.DuckDBPyConnection, run: RunFolder, parameters: Mapping[str, Any]) -> None:
    """Write the tables that later stages ask for as well into the run, with what they were made from.

    Args:
        connection: Engine in which rules have made them, or not.
        run: The run.
        parameters: What rules may bind.
    """
    for name in KEPT:
        if not _is_there(connection, name):
            continue
        made_from = literal(_made_from(run, name, parameters))
        with replacing(run.table_path("checks", _kept_name(name))) as temporary:
            # In one order, so that the same rows are the same file.
            connection.execute(
                f"copy (select * from shared.{name} order by all) to {literal(str(temporary))} "
                f"(format parquet, compression zstd, kv_metadata {{{_MADE_FROM}: {made_from}}})"
            )


def show_kept(connection: duckdb.DuckDBPyConnection, run: RunFolder, parameters: Mapping[str, Any]) -> None:
    """Show what an earlier stage kept as if it were made here, where it would be made from the very same rows."""
    for name in KEPT:
        if not run.has("checks", _kept_name(name)):
            continue
        path = run.table_path("checks", _kept_name(name))
        told = (pq.read_metadata(path).metadata or {}).get(_MADE_FROM.encode(), b"")
        if told.decode() == _made_from(run, name, parameters):
            connection.execute("create schema if not exists shared")
            connection.execute(
                f"create view shared.{name} as select * from read_parquet({literal(str(path))})"
            )


def _kept_name(name: str) -> str:
    return f"gate_{name}"


def _made_from(run: RunFolder, name: str, parameters: Mapping[str, Any]) -> str:
    """Return one hash over what a shared table follows from: its statement, what that binds, the tables it reads.

    A table of the run is known by the end of its file, which says of every column of every block where it lies, how
    long it is and between which values.
    """
    texts = [path.read_text(encoding="utf-8") for path in _sql_files("shared", "macros")]
    bound = {
        each: str(parameters[each]) for each in sorted(parameters_of("\n".join(texts)) & parameters.keys())
    }
    digest = hashlib.sha256("\n".join([name, *texts, repr(bound)]).encode())
    for table in sorted(tables_of(shared_statement(name))):
        layer, _, stem = table.partition(".")
        digest.update(f"{table} ".encode() + _end_of(run.table_path(layer, stem)))
    return digest.hexdigest()


def _sql_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((sql_folder() / folder).glob("*.sql"))]


def _end_of(path: Path) -> bytes:
    """Return the footer of a Parquet file; nothing where there is no file."""
    if not path.is_file():
        return b""
    with path.open("rb") as handle:
        handle.seek(-8, os.SEEK_END)
        length = int.from_bytes(handle.read(4), "little")
        handle.seek(-8 - length, os.SEEK_END)
        return handle.read(length)
