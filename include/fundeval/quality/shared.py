"""Tables that several rules read: made once per engine, by the first rule that asks for one.

``shared.<name>`` in a rule stands for the rows of sql/shared/<name>.sql. Without them every rule about payments would
drop repeated vouchers and sum ten million rows for itself (docs/decisions/0045-shared-tables.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import duckdb

from fundeval.core.engine import first_row, parameters_of
from fundeval.core.errors import ConfigurationError
from fundeval.core.places import sql_folder

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
    for path in sorted((sql_folder() / "macros").glob("*.sql")):
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
    known = (
        "select count(*) from information_schema.tables where table_schema = 'shared' and table_name = $name"
    )
    return bool(first_row(connection, known, {"name": name})[0])
