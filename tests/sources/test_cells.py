"""How one cell is read: text in, typed value out, or nothing where it cannot be read with certainty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.core.engine import engine, first_row


@pytest.fixture(scope="module")
def reader() -> Iterator[duckdb.DuckDBPyConnection]:
    with engine(reads_cells=True) as connection:
        yield connection


def value(reader: duckdb.DuckDBPyConnection, sql: str, **parameters: Any) -> Any:
    return first_row(reader, f"select {sql}", parameters)[0]


@pytest.mark.parametrize(
    ("cell", "factor", "yuan"),
    [
        ("1234.5", 1, "1234.50"),
        ("1,234.50", 1, "1234.50"),
        ("4,361.7", 10_000, "43617000.00"),
        ("261.64", 10_000, "2616400.00"),
        ("0.0000220264", 100_000_000, "2202.64"),  # 亿元 down to a cent
        ("￥1,000", 1, "1000.00"),
        ("１２，３４５．６", 1, "12345.60"),  # full-width
        ("(1,234.00)", 1, "-1234.00"),  # accounting negative
        ("（5.00）", 1, "-5.00"),
        ("-152.30", 1, "-152.30"),
        ("3.5万元", 1, "35000.00"),  # the cell's own unit wins over the column's
        ("1.5亿元", 10_000, "150000000.00"),
        ("=110", 1, "110.00"),  # a formula that is a bare number
        (" 7 ", 1, "7.00"),
    ],
)
def test_amounts(reader: duckdb.DuckDBPyConnection, cell: str, factor: int, yuan: str) -> None:
    assert value(reader, "parse_amount($cell, $factor)", cell=cell, factor=factor) == Decimal(yuan)


@pytest.mark.parametrize(
    "cell",
    [
        "1,23,4",  # separators in the wrong places
        "12 34万5",
        "约100",
        "100-200",
        "#REF!",
        "1e5",
        "abc",
        "--5",
        "12345678901234567",  # more digits than money has
    ],
)
def test_no_amounts(reader: duckdb.DuckDBPyConnection, cell: str) -> None:
    assert value(reader, "parse_amount($cell, 1)", cell=cell) is None


def test_amount_finer_than_a_cent_is_refused(reader: duckdb.DuckDBPyConnection) -> None:
    assert value(reader, "parse_amount('0.0000001', 10000)") is None
    assert value(reader, "exact_amount('0.0000001', 10000)") == Decimal("0.0010000000")


@pytest.mark.parametrize(
    "cell",
    [
        "2031-9-7",
        "2031.9.7",
        "2031/09/07",
        "20310907",
        "2031年9月7日",
        "2031年 9月 7日",
        "２０３１．９．７",
        "2031-09-07 00:00:00",
        "2031/9/7 17:15",
        "48098",  # serial day from 1900
        "48098.0",
    ],
)
def test_dates(reader: duckdb.DuckDBPyConnection, cell: str) -> None:
    assert value(reader, "parse_date($cell, '1899-12-30')", cell=cell) == dt.date(2031, 9, 7)


def test_serial_days_from_1904(reader: duckdb.DuckDBPyConnection) -> None:
    assert value(reader, "parse_date('46636', '1904-01-01')") == dt.date(2031, 9, 7)


@pytest.mark.parametrize(
    "cell", ["2031-13-01", "2031-02-29", "31-9-7", "9月7日", "昨天", "2031-9", "2031090", "203109077"]
)
def test_no_dates(reader: duckdb.DuckDBPyConnection, cell: str) -> None:
    assert value(reader, "parse_date($cell, '1899-12-30')", cell=cell) is None


@pytest.mark.parametrize(
    ("cell", "operator", "target"),
    [
        ("≥1990", ">=", "1990"),
        ("=110", "=", "110"),
        ("≤5%", "<=", "5"),
        ("60万条以上", ">=", "60"),
        ("不低于95", ">=", "95"),
        ("1990", ">=", "1990"),  # a bare number is a target to be reached
        (">3", ">", "3"),
    ],
)
def test_targets(reader: duckdb.DuckDBPyConnection, cell: str, operator: str, target: str) -> None:
    assert value(reader, "target_operator($cell)", cell=cell) == operator
    assert value(reader, "target_value($cell)", cell=cell) == Decimal(target)


@pytest.mark.parametrize(
    ("cell", "seconds"), [("244秒", 244), ("4分12秒", 252), ("1小时2分3秒", 3723), ("60", 60)]
)
def test_durations(reader: duckdb.DuckDBPyConnection, cell: str, seconds: int) -> None:
    assert value(reader, "parse_seconds($cell)", cell=cell) == seconds


@settings(max_examples=200, deadline=None)
@given(
    cents=st.integers(-(10**14), 10**14),
    style=st.sampled_from(["plain", "grouped", "brackets", "full_width"]),
)
def test_any_amount_survives_any_way_of_writing_it(cents: int, style: str) -> None:
    """An amount read back equals the amount written, to the cent."""
    amount = Decimal(cents) / 100
    text = {
        "plain": f"{amount:.2f}",
        "grouped": f"{amount:,.2f}",
        "brackets": f"({-amount:,.2f})" if amount < 0 else f"{amount:,.2f}",
        "full_width": f"{amount:.2f}".translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－")),
    }[style]
    with engine(reads_cells=True) as connection:
        assert value(connection, "parse_amount($cell, 1)", cell=text) == amount


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=40))
def test_no_text_makes_a_reader_fail(text: str) -> None:
    """Whatever a cell holds, every macro answers with a value or with nothing."""
    readers = (
        "parse_amount($x, 10000)",
        "parse_date($x, '1899-12-30')",
        "parse_timestamp($x)",
        "parse_seconds($x)",
        "parse_boolean($x)",
        "parse_integer($x)",
        "parse_number($x)",
        "parse_points($x)",
        "target_value($x)",
        "cell_text($x)",
        "cell_code($x)",
    )
    with engine(reads_cells=True) as connection:
        row = first_row(connection, f"select {', '.join(readers)}", {"x": text.replace("\0", "")})
    assert len(row) == len(readers)
