"""Makes a whole fund-year of any size: eight files of generated facts and one streamed voucher export."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from benchmarks.vouchers import VoucherExport, transcode, write_vouchers
from support.fundgen.facts import FundYearFacts, Release
from support.fundgen.habits import AS_SAMPLE
from support.fundgen.invent import invent
from support.fundgen.story import Size, Story
from support.fundgen.tables import source_files
from support.fundgen.write import write_files

CENTS_PER_VOUCHER = 1_000_000
SHARE_PAID = Decimal("0.5")
UTF_8 = "utf-8"


@dataclass(frozen=True)
class MadeYear:
    """A fund-year on disk.

    Attributes:
        sources: Folder with the nine files.
        vouchers: The voucher export among them.
        plain: The same export as UTF-8, for what reads nothing else.
        paid_yuan: What an evaluation must find paid.
    """

    sources: Path
    vouchers: Path
    plain: Path
    paid_yuan: Decimal


def make_fund_year(
    folder: Path,
    fund_name: str,
    year: int,
    vouchers: int,
    projects: int,
    encoding: str = UTF_8,
    dirty: float = 0.05,
) -> MadeYear:
    """Write a fund-year of ``vouchers`` voucher rows and about ``projects`` projects.

    Args:
        folder: Where the folder ``sources`` and a UTF-8 twin of the export go.
        fund_name: Name of the fund.
        year: Fund-year.
        vouchers: Rows of the voucher export.
        projects: Projects of the plan, a tenth of them classified.
        encoding: Encoding of the voucher export.
        dirty: Share of voucher rows that an evaluation must see through.
    """
    facts = _scaled(invent(fund_name, year, 1, _size(projects), Story(paid_of_released=SHARE_PAID)), vouchers)
    sources = folder / "sources"
    files = source_files(facts, replace(AS_SAMPLE, csv_encoding=encoding), 1)
    export = files.pop("treasury_payments")
    write_files(files, sources)
    target = sources / export.name
    plain = target if encoding == UTF_8 else folder / "plain.csv"
    paid = write_vouchers(
        VoucherExport(fund_name, year, vouchers, dirty, facts.releases, CENTS_PER_VOUCHER), plain
    )
    if plain != target:
        transcode(plain, target, encoding)
    os.sync()
    return MadeYear(sources, target, plain, paid)


def _size(projects: int) -> Size:
    classified = projects // 10
    software, hardware = max(1, projects * 4 // 10), projects // 5
    services = max(0, projects - classified - software - hardware)
    units = max(1, projects // 2)
    return Size(software, hardware, services, classified, units, 0, respondents=200, targets=12)


def _scaled(facts: FundYearFacts, vouchers: int) -> FundYearFacts:
    """Make the money large enough for the vouchers to be paid from it."""
    paid = Decimal(vouchers) * CENTS_PER_VOUCHER / 100
    released = sum((item.released_yuan for item in facts.releases), Decimal(0))
    factor = max(1, int(paid / SHARE_PAID / released) + 1)
    projects = {item.code: replace(item, planned_yuan=item.planned_yuan * factor) for item in facts.projects}
    fund = replace(facts.fund, budget_yuan=facts.fund.budget_yuan * factor)
    releases = tuple(
        _scaled_release(item, projects[item.project.code].planned_yuan, factor) for item in facts.releases
    )
    return replace(facts, fund=fund, projects=tuple(projects.values()), releases=releases)


def _scaled_release(release: Release, planned_yuan: Decimal, factor: int) -> Release:
    return replace(
        release,
        project=replace(release.project, planned_yuan=planned_yuan),
        applied_yuan=release.applied_yuan * factor,
        released_yuan=release.released_yuan * factor,
    )
