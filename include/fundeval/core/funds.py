"""Registered funds: their description and the scheme that holds for a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field

from fundeval.core.datafile import Strict, read_model
from fundeval.core.errors import ConfigurationError
from fundeval.core.fundyear import FundYear
from fundeval.core.law import LegalBasis
from fundeval.core.places import funds_folder, sql_folder
from fundeval.core.rooms import file_sha256
from fundeval.core.scheme import Scheme

_SCHEME_FILE = re.compile(r"scheme-(\d{4})\.yaml")


class Fund(Strict):
    """A registered fund: ``include/funds/<fund>/fund.yaml``.

    Attributes:
        fund: Identifier, the folder's name.
        title: Chinese name for lists; reports take the name of the budget approval instead.
        legal_basis: Provisions of the fund's own rules, per rule of the catalogue, cited before the law.
        legal_references: Laws and rules the evaluation follows, each with its number, as the report lists them.
        background: Why the fund exists; None where nobody has written it down yet.
        overall_goal: The fund's goal beyond the year; None likewise.
        report_due: Month and day (``MM-DD``) of the following year by which the report has to be handed in; None
            where no day is set.
    """

    fund: str
    title: str
    legal_basis: dict[str, tuple[LegalBasis, ...]] = Field(default_factory=dict)
    legal_references: tuple[str, ...] = ()
    background: str | None = None
    overall_goal: str | None = None
    report_due: str | None = Field(default=None, pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")

    def report_due_on(self, year: int) -> date | None:
        """Return the day by which the report about ``year`` has to be handed in; None where none is set."""
        return date.fromisoformat(f"{year + 1}-{self.report_due}") if self.report_due else None


@dataclass(frozen=True)
class FundScheme:
    """The scheme that holds for a fund-year, and where it comes from.

    Attributes:
        fund_year: What is evaluated.
        scheme: The scheme.
        scheme_year: Year the scheme was made for.
        is_fallback: Whether it is an earlier year's, because the year has none of its own.
        file_name: Name of the scheme's file.
        sha256: sha256 of the file's bytes.
    """

    fund_year: FundYear
    scheme: Scheme
    scheme_year: int
    is_fallback: bool
    file_name: str
    sha256: str

    def parameters(self) -> dict[str, Any]:
        """Return every value models and rules may bind: the fund-year's and the scheme's."""
        closing = self.scheme.watch.closing_day
        return {
            **self.scheme.parameters(),
            "fund": self.fund_year.fund,
            "year": self.fund_year.year,
            "first_day": self.fund_year.first_day,
            "last_day": self.fund_year.last_day,
            "closing_day": date.fromisoformat(f"{self.fund_year.year}-{closing}") if closing else None,
        }

    def identity(self) -> dict[str, Any]:
        """Return what a run and a release record about the scheme."""
        return {
            "fund": self.scheme.fund,
            "title": self.scheme.title,
            "year": self.scheme_year,
            "is_fallback": self.is_fallback,
            "file": self.file_name,
            "sha256": self.sha256,
        }


def known_funds() -> list[str]:
    """Return the identifiers of the registered funds, sorted."""
    return sorted(path.parent.name for path in funds_folder().glob("*/fund.yaml"))


def scheme_years(fund: str) -> list[int]:
    """Return the years a fund has a scheme of its own for, ascending."""
    names = (_SCHEME_FILE.fullmatch(path.name) for path in (funds_folder() / fund).glob("scheme-*.yaml"))
    return sorted(int(name.group(1)) for name in names if name)


def load_fund(fund: str) -> Fund:
    """Read the description of a registered fund.

    Raises:
        ConfigurationError: The fund is not registered (the text names the known ones) or its file is unsound.
    """
    if fund not in known_funds():
        raise ConfigurationError(f"没有登记资金“{fund}”。已登记的资金:{_listed(known_funds())}。")
    read = read_model(funds_folder() / fund / "fund.yaml", Fund)
    if read.fund != fund:
        raise ConfigurationError(f"“{fund}/fund.yaml”写的是资金“{read.fund}”,应与所在文件夹一致。")
    return read


def load_scheme(fund_year: FundYear) -> FundScheme:
    """Return the scheme of a fund-year: its own, or the fund's latest earlier one.

    Raises:
        ConfigurationError: The fund is not registered, has no scheme for the year or an earlier one, or the
            scheme's file is unsound (weights, codes, methods, rules).
    """
    load_fund(fund_year.fund)
    years = scheme_years(fund_year.fund)
    fitting = [year for year in years if year <= fund_year.year]
    if not fitting:
        raise ConfigurationError(
            f"资金“{fund_year.fund}”没有{fund_year.year}年度或更早年度的评价指标体系。"
            f"已有指标体系的年度:{_listed(str(year) for year in years)}。"
        )
    path = funds_folder() / fund_year.fund / f"scheme-{fitting[-1]}.yaml"
    scheme = read_model(path, Scheme)
    _check_place(scheme, path, fund_year.fund, fitting[-1])
    return FundScheme(
        fund_year=fund_year,
        scheme=scheme,
        scheme_year=scheme.year,
        is_fallback=scheme.year != fund_year.year,
        file_name=path.name,
        sha256=file_sha256(path),
    )


def _check_place(scheme: Scheme, path: Path, fund: str, year: int) -> None:
    faults = []
    if (scheme.fund, scheme.year) != (fund, year):
        faults.append(f"文件写的是“{scheme.fund}”{scheme.year}年度,应与所在文件夹和文件名一致({fund},{year})")
    unknown = [rule for rule in scheme.rules if not (sql_folder() / "checks" / f"{rule}.sql").is_file()]
    faults += [f"没有名为{rule}的规则" for rule in unknown]
    if faults:
        raise ConfigurationError(f"数据文件“{path.name}”不合规:{';'.join(faults)}。")


def _listed(names: Any) -> str:
    return "、".join(names) or "无"
