"""The links of a task: where they lead, and that they are there where their document is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from support.storage import make_release, make_run

pytestmark = pytest.mark.airflow

YEAR = FundYear("green-river", 2031)
RUN_ID = "manual__2032-01-15T08:00:00+00:00"


@pytest.fixture
def context(airflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunContext:
    """A run in the storage the pages show."""
    monkeypatch.setenv("FUNDEVAL_STORAGE", str(tmp_path))
    return RunContext(YEAR, tmp_path / "inbox", Rooms(tmp_path), RUN_ID)


def links(stage: str, context: RunContext | None) -> dict[str, str]:
    from fundeval.airflow.operators import StageOperator

    task = StageOperator(task_id="t", stage=stage)
    task.evaluation = context
    return {link.name: link.get_link(task, ti_key=None) for link in task.operator_extra_links}  # type: ignore[arg-type]


def test_every_task_leads_to_its_fund_year(context: RunContext) -> None:
    assert links("measure", context) == {"资金年度": "/fundeval/fund-years/green-river/2031/"}


def test_the_gate_leads_to_the_documents_of_its_checks_where_they_were_written(context: RunContext) -> None:
    assert links("check_quality", context)["质量检查说明"] == ""
    make_run(context.rooms, YEAR, context.run.run_id, data_docs=True)
    address = f"/fundeval/runs/green-river/2031/{context.run.run_id.replace('+', '%2B')}/data_docs/index.html"
    assert links("check_quality", context)["质量检查说明"] == address
    assert links("publish", context)["质量检查说明"] == address


def test_publishing_leads_to_the_newest_report_of_this_run(context: RunContext) -> None:
    assert links("publish", context)["评价报告"] == ""
    for version, run_id in ((1, context.run.run_id), (2, context.run.run_id), (3, "another")):
        make_release(context.rooms, YEAR, version, run_id=run_id)
    assert (
        links("publish", context)["评价报告"] == "/fundeval/releases/green-river/2031/v2/report/report.html"
    )


def test_links_stand_on_the_path_below_which_the_ui_is_reached(
    context: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://example.org/airflow/")
    assert links("measure", context)["资金年度"] == "/airflow/fundeval/fund-years/green-river/2031/"


@pytest.mark.parametrize("storage", [None, "/elsewhere"])
def test_there_is_no_link_where_the_pages_show_another_storage(
    context: RunContext, storage: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if storage is None:
        monkeypatch.delenv("FUNDEVAL_STORAGE")
    else:
        monkeypatch.setenv("FUNDEVAL_STORAGE", storage)
    assert set(links("measure", context).values()) == {""}


def test_there_is_no_link_before_the_task_has_begun(airflow: Path) -> None:
    assert set(links("publish", None).values()) == {""}


def test_the_ui_knows_the_links_of_every_task(airflow: Path) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    from fundeval.airflow.run import load_dag

    serialized: Any = DagSerialization.from_dict(DagSerialization.to_dict(load_dag()))
    assert set(serialized.get_task("publish").extra_links) == {"评价报告", "质量检查说明", "资金年度"}
    assert set(serialized.get_task("score").extra_links) == {"资金年度"}
