"""Writes a voucher export of any size, streamed: a million rows take seconds and memory does not grow with them.

Every value follows from the row's number by integer arithmetic in DuckDB, so the same arguments give the same bytes
and the sum that must be counted is known exactly, without reading the file back.

A share of rows is what exports really hold and an evaluation must not be misled by: repeated rows, voided vouchers,
refunds, other funds' payments, the next year's payments. They come in turn, at even distances, never side by side.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from fundeval.core.engine import literal
from support.fundgen.facts import Release

BLOCK = 1_000
LARGEST_DIRTY_SHARE = 0.4
_CHUNK = 16 * 1024 * 1024
_SLOTS = 10_000
HEADER = (
    "支付凭证号,支付日期,预算单位编码,预算单位名称,项目编码,项目名称,专项资金名称,支出功能分类,政府预算经济分类,支付方式,资金性质,"
    "指标文号,收款人名称,收款人账号,收款人开户行,支付金额(元),用途,凭证状态,原凭证号"
)
PREAMBLE_LINES = 2


@dataclass(frozen=True)
class VoucherExport:
    """One export to write.

    Attributes:
        fund_name: Name of the fund that counts.
        year: Fund-year.
        rows: Rows below the header.
        dirty: Share of rows that are repeated, voided, refunds, of other funds or of the next year; at most 0.4.
        releases: Quota documents the payments are made from; every project named here is one of the plan.
        cents_per_row: About how much one voucher pays, in cents.
    """

    fund_name: str
    year: int
    rows: int
    dirty: float
    releases: Sequence[Release]
    cents_per_row: int

    @property
    def dirty_per_block(self) -> int:
        """Dirty rows in every thousand."""
        if not 0 <= self.dirty <= LARGEST_DIRTY_SHARE:
            raise ValueError(f"dirty must be between 0 and {LARGEST_DIRTY_SHARE}, is {self.dirty}")
        return round(self.dirty * BLOCK)


def write_vouchers(export: VoucherExport, path: Path) -> Decimal:
    """Write the export as UTF-8 to ``path``; return what counts of it in 元, refunds deducted."""
    with duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1GB"}) as connection:
        _load_releases(connection, export.releases)
        connection.execute((Path(__file__).parent / "vouchers.sql").read_text(encoding="utf-8"))
        parameters: dict[str, object] = {
            "fund_name": export.fund_name,
            "year": export.year,
            "rows": export.rows,
            "dirty": export.dirty_per_block,
            "cents_per_row": export.cents_per_row,
        }
        parameters["places"] = _places(export.releases)
        for name, value in parameters.items():
            connection.execute(f"set variable {name} = $value", {"value": value})
        sums = "select sum(cents) filter (where counts), sum(cents) filter (where not repeated) from numbered"
        counted, stated = connection.execute(sums).fetchone() or (0, 0)
        _copy(connection, export, int(stated or 0), path)
    return Decimal(int(counted or 0)) / 100


def _load_releases(connection: duckdb.DuckDBPyConnection, releases: Sequence[Release]) -> None:
    connection.execute(
        "create table releases (place integer, quota_doc_no text, unit_code text, unit_name text, project_code text, "
        "project_name text)"
    )
    connection.executemany(
        "insert into releases values (?, ?, ?, ?, ?, ?)",
        [(at, item.quota_doc_no, *_unit_and_project(item)) for at, item in enumerate(releases)],
    )


def _unit_and_project(release: Release) -> tuple[str, str, str, str]:
    project = release.project
    return project.unit_code, project.unit_name, project.code, project.name


def _places(releases: Sequence[Release]) -> list[int]:
    """Give each release as many slots as its share of the money, so that none is paid more than it has."""
    whole = sum((item.released_yuan for item in releases), Decimal(0))
    return [at for at, item in enumerate(releases) for _ in range(int(item.released_yuan * _SLOTS / whole))]


def _copy(
    connection: duckdb.DuckDBPyConnection, export: VoucherExport, stated_cents: int, path: Path
) -> None:
    head = f"国库集中支付明细账\r\n导出时间:{export.year + 1}-01-09 09:12:33,记录数:{export.rows}\r\n{HEADER}\r\n"
    total = f'\r\n合计{"," * 15}"{Decimal(stated_cents) / 100:,.2f}",,,\r\n'
    options = ", ".join(f"{name} {literal(text)}" for name, text in (("prefix", head), ("suffix", total)))
    connection.execute(
        f"copy (select * from written) to {literal(str(path))} "
        f"(format csv, header false, new_line '\\r\\n', {options})"
    )


def transcode(source: Path, target: Path, encoding: str) -> None:
    """Copy a UTF-8 file into another encoding, chunk by chunk."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoder = codecs.getincrementalencoder(encoding)()
    with source.open("rb") as read, target.open("wb") as written:
        while chunk := read.read(_CHUNK):
            written.write(encoder.encode(decoder.decode(chunk)))
        written.write(encoder.encode(decoder.decode(b"", final=True), final=True))
