"""The tasks that take in what offices put into the inbox, and the asset events that tell of it.

A look is one call into ``fundeval.sources.intake`` per fund-year. What was accepted is announced as an event of one
asset per fund, year and kind: assets of fund-years nobody knows in advance come through an alias.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import Asset, AssetAlias, BaseOperator, Context, Param

from fundeval.airflow.contexts import inbox_folder, storage_rooms
from fundeval.airflow.parameters import storage_param
from fundeval.core.errors import SEVERITY_ZH
from fundeval.core.fundyear import FundYear
from fundeval.sources.submissions import OUTCOMES_ZH, Submission

SUBMISSIONS = AssetAlias("submissions")
_log = logging.getLogger(__name__)


def submission_asset(fund_year: FundYear, kind: str) -> Asset:
    """Return the asset of what was accepted of a kind for a fund-year."""
    name = f"submissions/{fund_year}/{kind}"
    return Asset(name=name, uri=f"fundeval://{name}", group="submissions")


def intake_form() -> dict[str, Param]:
    """Return the params of a look at the inbox; a scheduled one needs none of them."""
    return {
        "fund": Param(
            None,
            type=["null", "string"],
            pattern="^[a-z0-9][a-z0-9-]*$",
            title="专项资金",
            description="只看这项资金(include/funds 下的文件夹名)。不填则看全部已登记的资金。",
        ),
        "year": Param(
            None,
            type=["null", "integer"],
            minimum=1995,
            title="年度",
            description="只看这个年度。不填则看收件箱中的全部年度。",
        ),
        "out": storage_param("归档、报送记录和反馈"),
    }


class LookAround(BaseOperator):
    """Find the fund-years whose inbox holds something new."""

    custom_operator_name = "查看收件箱"

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Return fund and year of each; files that lie in no folder of a fund and year go into the log.

        Raises:
            ConfigurationError: No inbox or storage is configured.
        """
        from fundeval.core.funds import known_funds
        from fundeval.sources.intake import look_around

        params = context["params"]
        found = look_around(inbox_folder(), storage_rooms(params), known_funds())
        for path in found.misplaced:
            _log.warning("《%s》不在“<资金>/<年度>”文件夹中,没有收取:请移到正确的文件夹。", path)
        return [
            {"fund": each.fund, "year": each.year}
            for each in found.fund_years
            if params["fund"] in (None, each.fund) and params["year"] in (None, each.year)
        ]


class TakeIn(BaseOperator):
    """Take in what is new in the inbox of one fund-year, answer it and announce what was accepted.

    Args:
        fund_year: ``fund`` and ``year``, as :class:`LookAround` returns them.
    """

    custom_operator_name = "收取报送文件"
    ui_color = "#e6f4ea"
    template_fields = ("fund_year",)

    def __init__(self, *, fund_year: Any, **kwargs: Any) -> None:
        """Keep the fund-year; mapped tasks get theirs when they run."""
        super().__init__(**kwargs)
        self.fund_year = fund_year
        self.title_of_index = ""

    def execute(self, context: Context) -> dict[str, Any]:
        """Take in the files and return their counts by outcome.

        Raises:
            ConfigurationError: No inbox or storage is configured.
        """
        from fundeval.core.funds import load_fund
        from fundeval.quality.precheck import check_sources
        from fundeval.sources.intake import take_in
        from fundeval.sources.submissions import mark_announced, unannounced

        fund_year = FundYear(self.fund_year["fund"], self.fund_year["year"])
        self.title_of_index = f"{load_fund(fund_year.fund).title} {fund_year.year}"
        rooms = storage_rooms(context["params"])
        look = take_in(inbox_folder() / str(fund_year), rooms, fund_year, check_sources)
        for submission in look.taken:
            _tell(submission)
        news = unannounced(rooms, fund_year)
        _announce(context, fund_year, news)
        if news:
            mark_announced(rooms, fund_year, news[-1].number)
        outcomes = [submission.outcome for submission in look.taken]
        return {
            "fund": fund_year.fund,
            "year": fund_year.year,
            "accepted": outcomes.count("accepted"),
            "refused": outcomes.count("refused"),
            "announced": len(news),
            "unfinished": len(look.unfinished),
        }


def _tell(submission: Submission) -> None:
    """Say in the log what came of a file; the problems themselves are in the office's feedback."""
    counts = "、".join(f"{word}{submission.count(severity)}个" for severity, word in SEVERITY_ZH.items())
    log = _log.warning if submission.outcome == "refused" else _log.info
    log(
        "《%s》(%s报送)%s:%s。反馈:%s",
        submission.received.file,
        submission.received.who,
        OUTCOMES_ZH[submission.outcome],
        counts,
        submission.feedback,
    )


def _announce(context: Context, fund_year: FundYear, news: list[Submission]) -> None:
    """Emit one event per kind: the last accepted file and how many there were."""
    by_kind: dict[str, list[Submission]] = {}
    for submission in news:
        by_kind.setdefault(submission.received.kind, []).append(submission)
    for kind, submissions in by_kind.items():
        last = submissions[-1]
        extra: dict[str, Any] = {
            "fund": fund_year.fund,
            "year": fund_year.year,
            "kind": kind,
            "number": last.number,
            "file": last.received.file,
            "sha256": last.received.sha256,
            "files": len(submissions),
        }
        context["outlet_events"][SUBMISSIONS].add(submission_asset(fund_year, kind), extra=extra)


def intake_tasks() -> None:
    """Create the tasks of the intake in the current DAG: one look around, then one task per fund-year."""
    looked = LookAround(
        task_id="look_around",
        task_display_name="查看收件箱",
        doc_md="列出收件箱里有新文件的资金和年度。只读收件箱和报送记录,不写任何内容。清除是安全的。",
    )
    TakeIn.partial(
        task_id="take_in",
        task_display_name="收取报送文件",
        doc_md=(
            "逐个资金年度收取新文件:按字节归档,按数据契约和质量规则检查,把反馈(标出问题的副本和问题清单)写到 feedback "
            "文件夹,记入报送记录;已接受的按资金、年度、类别发出资产事件。正在写入的文件留待下次。"
            "清除是安全的:已经记录的文件不会重复收取。"
        ),
        outlets=[SUBMISSIONS],
        map_index_template="{{ task.title_of_index }}",
        # Reading a file can take a gigabyte; two at a time leave the machine to running evaluations.
        max_active_tis_per_dag=2,
    ).expand(fund_year=looked.output)
