"""Cells told at a glance mean what the macros say of each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.core.engine import engine
from fundeval.sources.contract import Column
from fundeval.sources.judging import ColumnJudge, Verdicts
from fundeval.sources.layout import FoundColumn

_CODES = st.from_regex(r"[0-9A-Za-z._/-]{1,6}", fullmatch=True)
_AMOUNTS = st.from_regex(r"-?[0-9]{1,4}(,[0-9]{3})?(\.[0-9]{0,3})?", fullmatch=True)
_DAYS = st.from_regex(r"20[0-9]{2}[-/][0-2][0-9][-/][0-3][0-9]", fullmatch=True)
_CHOICES = st.sampled_from(["已支付", "支付成功", "作废"])
_TEXTS = st.sampled_from(["甲公司", "甲(乙)、丙。", "一二三", "é𠮷", "甲-1"])
# What the macros change, refuse or read as nothing.
_AWKWARD = st.sampled_from(
    [
        "",
        " ",
        "甲 乙",
        " a",
        "a\u200b",
        "\ufeffa",
        "\u2060",
        "\u3000甲",
        "a\u00a0b",
        "#REF!",
        "#1",
        "[1]",
        "１２",
    ]
    + ["合计", "凭证号", "1e5", "1.234", "12,34", "--1", ",", ".", "9999999999999999"]
)
_CELLS = st.one_of(
    st.lists(st.one_of(st.none(), cells), max_size=6)
    for cells in (
        _CODES,
        _AMOUNTS,
        _DAYS,
        _CHOICES,
        _TEXTS,
        st.one_of(_CODES, _DAYS, _CHOICES, _TEXTS, _AWKWARD),
    )
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with engine(reads_cells=True) as opened:
        yield opened


def judge(connection: duckdb.DuckDBPyConnection, kind: Any, *, nullable: bool, is_key: bool) -> ColumnJudge:
    field = "amount_yuan" if kind == "money" else "value"
    choices = {"paid": ("已支付", "支付成功"), "void": ("作废",)} if kind == "choice" else {}
    column = Column(field=field, title="凭证号", type=kind, nullable=nullable, choices=choices)
    found = FoundColumn(column, 1, "凭证号", 1 if kind == "money" else None)
    told = "coalesce(regexp_full_match(cell, '[0-9A-Za-z._/-]+') and cell <> '凭证号', false)"
    return ColumnJudge(connection, found, "1899-12-30", told if is_key else None)


def told(verdicts: Verdicts, rows: int) -> tuple[Any, ...]:
    codes = [None] * rows if verdicts.codes is None else verdicts.codes.to_pylist()
    ordinary = None if verdicts.ordinary is None else verdicts.ordinary.tolist()
    return {name: array.to_pylist() for name, array in verdicts.values.items()}, codes, ordinary


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(["code", "text", "money"]),
    nullable=st.booleans(),
    is_key=st.booleans(),
    cells=_CELLS,
)
def test_a_glance_tells_what_the_macros_say(
    connection: duckdb.DuckDBPyConnection, kind: str, nullable: bool, is_key: bool, cells: list[str | None]
) -> None:
    reader = judge(connection, kind, nullable=nullable, is_key=is_key)
    # Part of a longer array, as a group of rows may be.
    texts = pa.array(["x", *cells, "y"], pa.string()).slice(1, len(cells))
    assert told(reader.judge(texts), len(cells)) == told(reader.judge_each(texts), len(cells))


@pytest.mark.parametrize("kind", ["code", "text", "money", "date", "choice"])
def test_a_clean_column_is_told_without_the_macros(
    connection: duckdb.DuckDBPyConnection, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = judge(connection, kind, nullable=True, is_key=False)
    monkeypatch.setattr(reader, "judge_each", lambda cells: pytest.fail("each cell was read"))
    cell = {"code": "A-1", "text": "甲乙(丙)", "money": "-1,234.50", "date": "2031/09/30", "choice": "作废"}[
        kind
    ]
    assert reader.judge(pa.array([cell, None], pa.string())).codes is None
