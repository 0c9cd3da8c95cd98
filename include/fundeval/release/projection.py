"""Marts and scores turned into published rows: the columns of the dictionary and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from fundeval.core.errors import ReleaseError
from fundeval.core.money import rate_pct
from fundeval.core.rooms import RunFolder
from fundeval.release.dictionary import Column, Dictionary, PublishedTable, load_dictionary
from fundeval.release.fields import Dataset, Row, kept
from fundeval.release.metrics import metric_row, names_used

MartRow = Mapping[str, Any]

METRICS = "metrics"
_TOTAL = ("scores", "total")


def published_tables(run: RunFolder, dictionary: Dictionary | None = None) -> Dataset:
    """Return every published table of a run as rows.

    Args:
        run: The run whose marts and scores are published.
        dictionary: What may be published; the library's own by default.

    Raises:
        ReleaseError: A mart is missing, lacks a column, holds an unknown identifier or nothing where the
            dictionary asks for a value; all of it at once.
    """
    words = dictionary or load_dictionary()
    problems: list[str] = []
    dataset: Dataset = {}
    for name in words.tables:
        build = _metrics if name == METRICS else _rows
        dataset[name] = build(run, name, words, problems)
    if not problems:
        _add_classified(run, words, dataset)
        for name, table in words.tables.items():
            problems += _gaps(name, table, dataset[name])
    if problems:
        raise ReleaseError("数据集无法生成：" + ";".join(dict.fromkeys(problems)) + "。")
    return dataset


def _metrics(run: RunFolder, name: str, words: Dictionary, problems: list[str]) -> list[Row]:
    facts: dict[str, Any] = {}
    for layer, table in (words.tables[name].layer_and_table, _TOTAL):
        rows = run.rows(layer, table)
        if len(rows) != 1:
            problems.append(f"{layer}.{table} 应有且只有一行，实有 {len(rows)} 行")
        facts.update(rows[0] if rows else {})
    missing = sorted({name for metric in words.metrics for name in names_used(metric)} - facts.keys())
    if missing:
        problems.append(f"{words.tables[name].source} 缺少列 {'、'.join(missing)}")
    if problems:
        return []
    return [metric_row(metric, facts) for metric in words.metrics]


def _rows(run: RunFolder, name: str, words: Dictionary, problems: list[str]) -> list[Row]:
    table = words.tables[name]
    layer, mart = table.layer_and_table
    if not run.has(layer, mart):
        problems.append(f"缺少 {layer}.{mart}")
        return []
    data = run.read(layer, mart)
    needed = {column.source for column in table.columns} | {name.removeprefix("-") for name in table.order_by}
    missing = sorted(needed - set(data.column_names))
    if missing:
        problems.append(f"{layer}.{mart} 缺少列 {'、'.join(missing)}")
        return []
    return [_row(run, words, table, row, problems) for row in _ordered(data.to_pylist(), table.order_by)]


def _row(run: RunFolder, words: Dictionary, table: PublishedTable, row: MartRow, problems: list[str]) -> Row:
    return {column.name: kept(column, _value(run, words, column, row, problems)) for column in table.columns}


def _value(run: RunFolder, words: Dictionary, column: Column, row: MartRow, problems: list[str]) -> Any:
    value = row[column.source]
    if value is None:
        return None
    if column.type == "month":
        return f"{run.fund_year.year}-{int(value):02d}"
    if column.type != "code":
        return value
    known = words.words(column)
    if value not in known:
        problems.append(f"{column.title}出现字典中没有的标识“{value}”")
    return known.get(value)


def _ordered(rows: Iterable[MartRow], order_by: list[str]) -> list[MartRow]:
    """Sort by the columns in turn, nothing last; ``-`` before a name sorts descending."""
    ordered = list(rows)
    for name in reversed(order_by):
        ordered.sort(key=partial(_sort_key, name.removeprefix("-")), reverse=name.startswith("-"))
    return ordered


def _sort_key(name: str, row: MartRow) -> tuple[bool, Any]:
    return (row[name] is None, "" if row[name] is None else row[name])


def _add_classified(run: RunFolder, words: Dictionary, dataset: Dataset) -> None:
    """Append the row of classified sums to projects and units, where there are classified projects."""
    sums = next(iter(run.rows("marts", "classified")), None)
    if sums is None or not sums["projects"]:
        return
    label = words.classified
    rate = rate_pct(sums["paid_yuan"], sums["released_yuan"])
    known: dict[str, Any] = {
        **sums,
        "project_code": label.key,
        "project_name": label.name,
        "category": label.category,
        "unit_name": label.key,
        "execution_rate_pct": rate,
    }
    for name, left_empty in (("projects", "unit"), ("units", "")):
        table = words.tables[name]
        dataset[name].append(
            {
                column.name: None if column.name == left_empty else kept(column, known.get(column.source))
                for column in table.columns
            }
        )


def _gaps(name: str, table: PublishedTable, rows: list[Row]) -> list[str]:
    """Return one sentence per column that is empty somewhere it may not be, and per key that is not one."""
    problems = [
        f"{name} 第 {number} 行的“{column.title}”为空"
        for column in table.columns
        if column.required
        for number, row in enumerate(rows, 1)
        if row[column.name] is None
    ]
    keys = [tuple(row[key] for key in table.primary_key) for row in rows]
    if table.primary_key and len(set(keys)) != len(keys):
        problems.append(f"{name} 的主键 {'、'.join(table.primary_key)} 有重复")
    return problems
