"""What a query gives is what its table holds: every row, in order, exact to the last digit."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.core.engine import engine, write_query
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import RunFolder

ROWS = 1_000_000


def folder(root: Path) -> RunFolder:
    return RunFolder(root / "run", FundYear("sample-fund", 2031))


def test_rows_keep_their_order_however_many_threads_write_them(tmp_path: Path) -> None:
    run = folder(tmp_path)
    with engine() as connection:
        connection.execute(
            f"create table numbers as select range as number, range % 7 as part from range({ROWS})"
        )
        write_query(connection, "select number from numbers where part <> 3", None, run, "marts", "kept")
    kept = run.read("marts", "kept").column("number").to_pylist()
    assert kept == [number for number in range(ROWS) if number % 7 != 3]


def test_integers_beyond_64_bits_are_kept_exact(tmp_path: Path) -> None:
    run = folder(tmp_path)
    with engine() as connection:
        sql = "select sum(number) as total from (values (9223372036854775807), (9223372036854775806)) as t (number)"
        write_query(connection, sql, None, run, "marts", "large")
    assert run.rows("marts", "large") == [{"total": Decimal(2 * 9223372036854775807 - 1)}]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.decimals(min_value=Decimal("-9999999999.99"), max_value=Decimal("9999999999.99"), places=2),
        min_size=1,
    )
)
def test_sums_of_money_are_those_of_decimal(amounts: list[Decimal]) -> None:
    with engine() as connection:
        listed = ", ".join(f"({amount}::decimal(18, 2))" for amount in amounts)
        (total,) = connection.execute(f"select sum(amount) from (values {listed}) as t (amount)").fetchall()[
            0
        ]
    assert total == sum(amounts)
