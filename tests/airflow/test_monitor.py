"""The mid-year look as a DAG: its days, its funds, its note; one fund's trouble is its own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from support.evaluation import register_fund
from support.sample_sources import SAMPLE, copy_sample

TITLES = {"fund-one": "第一专项资金", "fund-two": "第二专项资金"}
AS_OF = f"{SAMPLE.year}-06-30"


@pytest.fixture
def dag(airflow: Path) -> Any:
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = Path(__file__).resolve().parents[2] / "dags"
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    return bag.dags["execution_monitor"]


def test_it_comes_monthly_from_may_to_november(dag: Any) -> None:
    import pendulum
    from airflow.timetables.base import TimeRestriction

    days, last = [], None
    for _ in range(8):
        following = dag.timetable.next_dagrun_info(
            last_automated_data_interval=last,
            restriction=TimeRestriction(pendulum.datetime(2030, 1, 1), None, True),
        )
        days.append(following.run_after.in_timezone("Asia/Shanghai").date())
        last = following.data_interval
    assert days == [*(dt.date(2030, month, 5) for month in range(5, 12)), dt.date(2031, 5, 5)]


@pytest.mark.airflow
def test_a_look_writes_the_note_of_each_fund_and_one_s_trouble_is_its_own(
    dag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(tmp_path / "funds"))
    for fund, title in TITLES.items():
        register_fund(tmp_path / "funds", fund, title)
    copy_sample(tmp_path / "inbox" / "fund-one" / str(SAMPLE.year))
    (tmp_path / "inbox" / "fund-two" / str(SAMPLE.year)).mkdir(parents=True)

    run = dag.test(
        run_conf={"as_of": AS_OF, "sources": str(tmp_path / "inbox"), "out": str(tmp_path / "out")}
    )

    states = {
        each.rendered_map_index: str(each.state)
        for each in run.get_task_instances()
        if each.task_id == "monitor"
    }
    assert states == {"第一专项资金": "success", "第二专项资金": "failed"}
    notes = sorted(
        path.relative_to(tmp_path / "out" / "runs") for path in (tmp_path / "out").rglob("运行监控.*")
    )
    folder = Path("fund-one", str(SAMPLE.year), f"monitor__{AS_OF}", "monitoring")
    assert notes == [folder / "运行监控.html", folder / "运行监控.xlsx"]
