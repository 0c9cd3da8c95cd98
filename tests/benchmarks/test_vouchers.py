"""The generated export holds what its arguments say, and what must be counted of it is known to the cent."""

from __future__ import annotations

import csv
import io
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from benchmarks.fund_years import make_fund_year
from hypothesis import given, settings
from hypothesis import strategies as st

FUND, YEAR = "样例基准资金", 2024


def counted(path: Path, encoding: str) -> tuple[int, Decimal]:
    """Read an export with the csv module; return its data rows and the sum of what counts, each number once."""
    rows = list(
        csv.DictReader(io.StringIO(path.read_bytes().decode(encoding).split("\r\n", 2)[2], newline=""))
    )
    data = [row for row in rows if row["支付凭证号"] != "合计"]
    sums = {
        row["支付凭证号"]: Decimal(row["支付金额(元)"].replace(",", ""))
        for row in data
        if row["凭证状态"] != "作废" and row["专项资金名称"] == FUND and row["支付日期"].startswith(str(YEAR))
    }
    return len(data), sum(sums.values(), Decimal(0))


@settings(max_examples=8, deadline=None)
@given(st.integers(10, 3_000), st.sampled_from([0.0, 0.05, 0.4]), st.sampled_from(["utf-8", "gb18030"]))
def test_what_must_be_paid_is_known(rows: int, dirty: float, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = make_fund_year(Path(folder), FUND, YEAR, rows, 12, encoding, dirty)
        assert counted(made.vouchers, encoding) == (rows, made.paid_yuan)
        assert counted(made.plain, "utf-8") == (rows, made.paid_yuan)
        assert len(list(made.sources.iterdir())) == 9


def test_more_dirt_than_an_export_holds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="dirty"):
        make_fund_year(tmp_path, FUND, YEAR, 100, 12, dirty=0.5)
