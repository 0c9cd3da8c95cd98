"""``python -m benchmarks.peers.pandas_ge``: a voucher export read, checked and summed the usual way, with pandas.

What a careful analyst writes: the export into a data frame, the checks of the vouchers as a Great Expectations suite,
void vouchers, repeats and other funds dropped, sums by project, unit and month, a Parquet copy. It knows nothing of
preamble rows, totals, other encodings or where a row came from; what it leaves out is to its advantage.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

STATUSES = ["已支付", "作废", "退款"]


def evaluate(export: Path, skip: int, fund_name: str, year: int, target: Path) -> dict[str, Any]:
    """Read, check and sum one export.

    Args:
        export: UTF-8 CSV.
        skip: Lines before the header.
        fund_name: Name of the fund that counts.
        year: Fund-year.
        target: Folder for the results.

    Returns:
        paid_yuan as pandas sums it, and how many expectations failed.
    """
    import pandas as pd

    frame = pd.read_csv(export, skiprows=skip, dtype=str, keep_default_na=False)
    frame = frame[frame["支付凭证号"] != "合计"]
    frame["支付日期"] = pd.to_datetime(frame["支付日期"].str.replace("/", "-"), format="%Y-%m-%d")
    frame["支付金额"] = pd.to_numeric(frame["支付金额(元)"].str.replace(",", ""))
    failed = _failed_expectations(frame)
    frame.to_parquet(target / "vouchers.parquet")
    counted = frame[
        (frame["凭证状态"] != "作废")
        & (frame["专项资金名称"] == fund_name)
        & (frame["支付日期"].dt.year == year)
    ].drop_duplicates("支付凭证号")
    for name, key in {
        "projects": "项目编码",
        "units": "预算单位名称",
        "months": counted["支付日期"].dt.month,
    }.items():
        counted.groupby(key)["支付金额"].sum().to_csv(target / f"{name}.csv")
    return {"paid_yuan": repr(float(counted["支付金额"].sum())), "failed": failed}


def _failed_expectations(frame: Any) -> int:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("peers").add_dataframe_asset("vouchers")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    gxe: Any = gx.expectations
    needed = ("支付凭证号", "支付日期", "预算单位名称", "项目编码", "专项资金名称", "支付金额", "凭证状态")
    suite = gx.ExpectationSuite(
        name="vouchers",
        expectations=[
            *(gxe.ExpectColumnValuesToNotBeNull(column=column) for column in needed),
            gxe.ExpectColumnValuesToBeUnique(column="支付凭证号"),
            gxe.ExpectColumnValuesToBeInSet(column="凭证状态", value_set=STATUSES),
            gxe.ExpectColumnValuesToMatchRegex(column="收款人账号", regex=r"^\d{12,30}$"),
            gxe.ExpectColumnValuesToBeBetween(column="支付金额", min_value=0),
        ],
    )
    context.suites.add(suite)
    return sum(not result.success for result in batch.validate(suite).results)


def main() -> None:
    """Do what the first argument describes, as JSON; print the result as JSON."""
    order = json.loads(sys.argv[1])
    target = Path(order["target"])
    target.mkdir(parents=True, exist_ok=True)
    told = evaluate(Path(order["source"]), order["skip"], order["fund_name"], order["year"], target)
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
