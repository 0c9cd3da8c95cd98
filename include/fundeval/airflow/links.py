"""The links of a task in the UI: its fund-year's page, the release it published, the documents of its checks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from airflow.sdk import BaseOperatorLink

from fundeval.airflow.contexts import is_installation
from fundeval.airflow.pages.mount import URL_PREFIX
from fundeval.core.context import RunContext
from fundeval.release.versions import releases_of

REPORT = "report/report.html"


def fund_year_address(context: RunContext) -> str:
    """Return the address of the fund-year's page; '' where the run's storage is not the one the pages show."""
    return _address(context, f"fund-years/{context.fund_year}/")


def report_address(context: RunContext) -> str:
    """Return the address of the report the run has published last; '' while it has published none."""
    own = [
        release
        for release in releases_of(context.rooms, context.fund_year)
        if release.manifest["run_id"] == context.run.run_id and (release.path / REPORT).is_file()
    ]
    return _address(context, f"releases/{context.fund_year}/v{own[-1].version}/{REPORT}") if own else ""


def data_docs_address(context: RunContext) -> str:
    """Return the address of the documents of the run's checks; '' while there are none."""
    if not context.run.data_docs.is_file():
        return ""
    name = context.run.data_docs.relative_to(context.run.path).as_posix()
    return _address(context, f"runs/{context.fund_year}/{quote(context.run.run_id, safe='')}/{name}")


class FundYearLink(BaseOperatorLink):
    """Leads from every task to the page of its fund-year."""

    name = "资金年度"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address, asked for where the task has run."""
        return _of_run(operator, fund_year_address)


class ReportLink(BaseOperatorLink):
    """Leads from the publishing task to the report it published."""

    name = "评价报告"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address, asked for where the task has run."""
        return _of_run(operator, report_address)


class DataDocsLink(BaseOperatorLink):
    """Leads from a task that checks to the documents of the checks, also where it failed."""

    name = "质量检查说明"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address, asked for where the task has run."""
        return _of_run(operator, data_docs_address)


def links_of(stage: str) -> tuple[BaseOperatorLink, ...]:
    """Return the links the task of a stage has."""
    own: dict[str, tuple[BaseOperatorLink, ...]] = {
        "check_quality": (DataDocsLink(),),
        "examine": (DataDocsLink(),),
        "publish": (ReportLink(), DataDocsLink()),
    }
    return (*own.get(stage, ()), FundYearLink())


def _of_run(operator: Any, address: Any) -> str:
    context: RunContext | None = getattr(operator, "evaluation", None)
    return address(context) if context is not None else ""


def _address(context: RunContext, path: str) -> str:
    """Return the address of a page, on the path below which the UI is reached."""
    from airflow.configuration import conf

    if not is_installation(context.rooms):
        return ""
    base = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")
    return f"{base}{URL_PREFIX}/{path}"
