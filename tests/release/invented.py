"""The small invented run of ``invented.yaml``, written as the stages before the release do."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import yaml

from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.core.run_record import open_run
from fundeval.release.dataset import build_dataset, draft_folder
from fundeval.report import writer
from fundeval.report.stage import report_notes, report_stage

FUND_YEAR = FundYear("green-river", 2031)
SECRET_NAMES = ("赤松山岭光缆复线", "玉衡机要楼加固工程")
SECRET_ACCOUNT = "6228480402564890018"
SECRET_PHONE = "13907361188"
SECRET_IP = "111.8.77.205"

_DECIMALS = {
    ("weight", "score", "deduction"): pa.decimal128(6, 2),
    ("numerator", "denominator", "difference", "execution_rate_pct"): pa.decimal128(18, 2),
    ("target_value", "actual_value"): pa.decimal128(18, 4),
    ("deduction_points",): pa.decimal128(6, 2),
}
_BOOLEANS = {"is_met", "deducts", "vetoed", "is_classified", "occurred"}

_PLACE = {"source_file": "f.xlsx", "source_sha256": "0" * 64, "source_sheet": "", "source_row": 9}
# Columns of the contract that the invented rows say nothing of.
_UNSAID: dict[str, dict[str, Any]] = {
    "vouchers": dict.fromkeys(
        ("unit_code", "unit_name", "function_code", "economic_code", "payment_method", "fund_nature")
        + ("payee_bank", "original_voucher_no")
    )
}

Tables = dict[str, list[dict[str, Any]]]


def invented_tables() -> dict[str, Tables]:
    """Return layer → table → rows of the invented run, free to be changed."""
    path = Path(__file__).with_name("invented.yaml")
    return copy.deepcopy(yaml.safe_load(path.read_text(encoding="utf-8")))


def make_run(root: Path, run_id: str = "first", tables: dict[str, Tables] | None = None) -> RunContext:
    """Write a run below ``root``: the invented one, or ``tables``."""
    context = RunContext(FUND_YEAR, root / "sources", Rooms(root), run_id)
    for layer, named in (tables or invented_tables()).items():
        for name, rows in named.items():
            placed = (
                [{**_PLACE, **_UNSAID.get(name, {}), **row} for row in rows]
                if layer in ("staging", "restricted")
                else rows
            )
            context.run.write(layer, name, arrow_table(placed))
    open_run(context)
    return context


def make_draft(root: Path, run_id: str = "first", tables: dict[str, Tables] | None = None) -> RunContext:
    """Write a run and its whole draft but for the PDF."""
    context = make_run(root, run_id, tables)
    build_dataset(context)
    write_report_of(context)
    return context


_REPORTS: dict[str, dict[str, bytes]] = {}


def write_report_of(context: RunContext) -> None:
    """Write the report of a draft; one that was written before for the same draft is taken again."""
    draft = draft_folder(context)
    known = [
        path.read_bytes()
        for path in sorted(draft.rglob("*"))
        if path.is_file() and "report" not in path.parts
    ]
    key = hashlib.sha256(b"".join([report_notes(context).model_dump_json().encode(), *known])).hexdigest()
    folder = draft / "report"
    if key not in _REPORTS:
        with mock.patch.object(writer, "office", return_value=None):
            report_stage(context)
        _REPORTS[key] = {path.name: path.read_bytes() for path in folder.iterdir()}
    folder.mkdir(exist_ok=True)
    for name, content in _REPORTS[key].items():
        (folder / name).write_bytes(content)


def arrow_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Type rows by the names of their columns, as the stages do: money and dates by their suffix."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    types = {name: _type(name, [row.get(name) for row in rows]) for name in names}
    typed = [{name: _value(types[name], row.get(name)) for name in names} for row in rows]
    return pa.Table.from_pylist(typed, pa.schema(list(types.items())))


def _type(name: str, values: list[Any]) -> pa.DataType:
    for names, decimal in _DECIMALS.items():
        if name in names:
            return decimal
    if name.endswith("_yuan"):
        return pa.decimal128(18, 2)
    if name.endswith("_on"):
        return pa.date32()
    if name in _BOOLEANS:
        return pa.bool_()
    return pa.int64() if any(isinstance(value, int) for value in values) else pa.string()


def _value(kind: pa.DataType, value: Any) -> Any:
    if value is None or not pa.types.is_decimal(kind):
        return value
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-kind.scale))
