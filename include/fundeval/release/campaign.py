"""A year's evaluations of all funds: which there are to do, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fundeval.core.errors import ConfigurationError, FundevalError
from fundeval.core.funds import known_funds, load_fund
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.release.plain_text import plain_console, plain_table, printed
from fundeval.release.versions import Release, releases_of
from fundeval.report.published import read_published
from fundeval.storage.visible import is_release_record

_WIDTH = 110
SUCCESS = "success"


@dataclass(frozen=True)
class CampaignResult:
    """What came of one fund's evaluation.

    Attributes:
        fund: Identifier of the fund.
        title: Its Chinese name.
        state: State of the run, in Airflow's words.
        version: Number of the release the run published; None where it published none.
        score: Published score.
        grade: Published grade.
    """

    fund: str
    title: str
    state: str
    version: int | None = None
    score: str = ""
    grade: str = ""


class CampaignError(FundevalError):
    """At least one fund of the campaign has no release; the text names each."""


def campaign_funds(wanted: Iterable[str] = ()) -> dict[str, str]:
    """Return the funds of a campaign with their Chinese names, all registered ones where none are named.

    A fund whose description is unsound keeps its identifier for a name: its own evaluation says what is wrong, and
    no other is held up by it.

    Raises:
        ConfigurationError: A named fund is not registered, or none is registered at all.
    """
    known = known_funds()
    named = list(wanted)
    unknown = [fund for fund in named if fund not in known]
    if unknown:
        raise ConfigurationError(
            f"没有登记资金{'、'.join(unknown)}。已登记的资金:{'、'.join(known) or '无'}。"
        )
    if not known:
        raise ConfigurationError("没有登记任何资金,无从开展年终绩效评价。")
    return {fund: _title(fund) for fund in named or known}


def campaign_results(
    rooms: Rooms, year: int, funds: Mapping[str, str], runs: Mapping[str, tuple[str, str]]
) -> list[CampaignResult]:
    """Return what came of each fund's evaluation.

    Args:
        rooms: The storage root.
        year: Year evaluated.
        funds: Fund to Chinese name.
        runs: Fund to the identifier and the state of its run.
    """
    return [_result(rooms, FundYear(fund, year), title, *runs[fund]) for fund, title in funds.items()]


def campaign_text(year: int, results: Iterable[CampaignResult]) -> str:
    """Return the results as a table in plain Chinese text."""
    table = plain_table(f"{year}年度年终绩效评价汇总")
    for title in ("资金", "结果", "版本", "得分", "等级"):
        table.add_column(title, overflow="fold")
    for each in results:
        outcome = "已发布" if each.version else "未发布"
        table.add_row(each.title, outcome, f"v{each.version}" if each.version else "", each.score, each.grade)
    console = plain_console(_WIDTH)
    console.print(table, highlight=False)
    return printed(console)


def require_all_published(results: Iterable[CampaignResult]) -> None:
    """Refuse to let a campaign pass for complete while a fund has no release.

    Raises:
        CampaignError: Names every fund without one.
    """
    missing = [each for each in results if each.version is None]
    if missing:
        names = "、".join(f"{each.title}({each.fund})" for each in missing)
        raise CampaignError(
            f"{len(missing)}项资金没有发布评价结果:{names}。其余资金不受影响。"
            "处理办法:打开该资金的运行查看问题,更正后清除有关任务;全部发布后清除本任务。"
        )


def as_rows(results: Iterable[CampaignResult]) -> list[dict[str, Any]]:
    """Return the results as plain data."""
    return [asdict(each) for each in results]


def _title(fund: str) -> str:
    try:
        return load_fund(fund).title
    except FundevalError:
        return fund


def _result(rooms: Rooms, fund_year: FundYear, title: str, run_id: str, state: str) -> CampaignResult:
    release = _release_of_run(rooms, fund_year, run_id)
    if release is None or state != SUCCESS:
        return CampaignResult(fund_year.fund, title, state)
    metrics = read_published(release.path / "dataset").metrics
    score, grade = str(metrics["score"].value), str(metrics["grade"].value)
    return CampaignResult(fund_year.fund, title, state, release.version, score, grade)


def _release_of_run(rooms: Rooms, fund_year: FundYear, run_id: str) -> Release | None:
    name = rooms.run(fund_year, run_id).run_id
    rooms.bring(rooms.releases(fund_year), wanted=lambda name: is_release_record(name) or "/dataset/" in name)
    own = [each for each in releases_of(rooms, fund_year) if each.manifest["run_id"] == name]
    return own[-1] if own else None
