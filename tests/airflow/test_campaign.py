"""The campaign of a year: which year and funds it is about, and that one fund's failure holds up no other."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fundeval.core.errors import ConfigurationError
from fundeval.release.campaign import CampaignError, CampaignResult, campaign_funds, require_all_published
from support.airflow_service import Service, running_service, wait_for
from support.evaluation import register_fund
from support.release import releases
from support.sample_sources import SAMPLE, SERVICE_INDICATORS, copy_sample

CAMPAIGN = "/api/v2/dags/year_end_campaign"
TITLES = {"fund-one": "第一专项资金", "fund-two": "第二专项资金", "fund-three": "第三专项资金"}
SOUND, BROKEN = ("fund-one", "fund-three"), "fund-two"


def context(run_type: str, logical_date: dt.datetime | None) -> dict[str, Any]:
    return {"dag_run": SimpleNamespace(run_type=run_type, logical_date=logical_date)}


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        # Six in the morning in China is still the evening before in UTC.
        (dt.datetime(2031, 1, 14, 22, tzinfo=dt.UTC), 2030),
        # The first hours of a Chinese year are the last ones of the old year in UTC.
        (dt.datetime(2030, 12, 31, 17, tzinfo=dt.UTC), 2030),
    ],
)
def test_a_scheduled_campaign_is_about_the_year_that_has_just_closed_in_china(
    airflow: Path, moment: dt.datetime, year: int
) -> None:
    from fundeval.airflow.campaign import closed_year

    assert closed_year(context("scheduled", moment)) == year


def test_a_campaign_started_by_hand_has_to_say_its_year(airflow: Path) -> None:
    from fundeval.airflow.campaign import closed_year

    with pytest.raises(ConfigurationError, match="必须填写“评价年度”"):
        closed_year(context("manual", dt.datetime(2031, 1, 15, tzinfo=dt.UTC)))


def test_it_comes_each_january_at_six_in_the_morning_in_china(airflow: Path) -> None:
    import pendulum
    from airflow.dag_processing.dagbag import BundleDagBag
    from airflow.timetables.base import TimeRestriction

    folder = Path(__file__).resolve().parents[2] / "dags"
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    dag = bag.dags["year_end_campaign"]
    earliest = TimeRestriction(pendulum.datetime(2030, 2, 1), None, True)
    following = dag.timetable.next_dagrun_info(last_automated_data_interval=None, restriction=earliest)
    assert following.run_after.in_timezone("Asia/Shanghai").isoformat() == "2031-01-15T06:00:00+08:00"
    assert dag.catchup is False


def test_every_registered_fund_belongs_to_it_by_its_chinese_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(tmp_path))
    for fund, title in TITLES.items():
        register_fund(tmp_path, fund, title)
    assert campaign_funds() == TITLES
    assert campaign_funds(["fund-two"]) == {"fund-two": "第二专项资金"}
    with pytest.raises(ConfigurationError, match="没有登记资金fund-nine"):
        campaign_funds(["fund-nine"])


def test_a_fund_whose_description_is_broken_still_belongs_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(tmp_path))
    register_fund(tmp_path, "fund-one", TITLES["fund-one"])
    (tmp_path / "fund-two").mkdir()
    (tmp_path / "fund-two" / "fund.yaml").write_text("fund: [", encoding="utf-8")
    assert campaign_funds() == {"fund-one": "第一专项资金", "fund-two": "fund-two"}


def test_a_campaign_is_not_complete_while_a_fund_has_no_release() -> None:
    done = CampaignResult("fund-one", "第一专项资金", "success", 1, "90.00", "优")
    require_all_published([done])
    with pytest.raises(CampaignError, match=r"1项资金没有发布.*第二专项资金\(fund-two\)"):
        require_all_published([done, CampaignResult("fund-two", "第二专项资金", "failed")])


def test_the_summary_tells_published_from_failed_by_the_state_of_each_run(
    airflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.utils.state import DagRunState

    from fundeval.airflow.campaign import CampaignSummary

    states = {"run-1": DagRunState.SUCCESS, "run-2": DagRunState.FAILED}
    orders = [
        {"conf": {"fund": fund, "year": 2030}, "note": title, "trigger_run_id": run}
        for (fund, title), run in zip(TITLES.items(), states, strict=False)
    ]
    pushed: dict[str, Any] = {}
    instance = SimpleNamespace(
        xcom_pull=lambda task_ids: orders,
        get_dagrun_state=lambda dag, run: states[run],
        xcom_push=lambda key, value: pushed.update({key: value}),
    )
    monkeypatch.setattr(
        "fundeval.release.campaign._release_of_run",
        lambda rooms, fund_year, run: SimpleNamespace(version=3, path=tmp_path),
    )
    metrics = {name: SimpleNamespace(value="90.00") for name in ("score", "grade")}
    monkeypatch.setattr(
        "fundeval.release.campaign.read_published", lambda folder: SimpleNamespace(metrics=metrics)
    )
    summary = CampaignSummary(task_id="summarize")
    with pytest.raises(CampaignError, match=r"1项资金没有发布评价结果:第二专项资金"):
        summary.execute({"ti": instance, "params": {"out": str(tmp_path)}})
    assert [(row["state"], row["version"]) for row in pushed["results"]] == [("success", 3), ("failed", None)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An Airflow with three funds, of which one lacks a file."""
    root = tmp_path_factory.mktemp("campaign")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNDEVAL_FUNDS", str(root / "funds"))
        for fund, title in TITLES.items():
            register_fund(root / "funds", fund, title)
            copy_sample(root / "inbox" / fund / str(SAMPLE.year))
        (root / "inbox" / BROKEN / str(SAMPLE.year) / SERVICE_INDICATORS).unlink()
        with running_service(root) as running:
            token = running.token()
            wait_for(lambda: len(running.call("GET", "/api/v2/dags", token)["dags"]) > 1, 120)
            yield running


@pytest.fixture(scope="module")
def ended(service: Service) -> str:
    """State of a campaign over the three."""
    body = {"dag_run_id": "january", "conf": {"year": SAMPLE.year}, "logical_date": None}
    service.call("POST", f"{CAMPAIGN}/dagRuns", service.token(), body)
    return service.end_of(f"{CAMPAIGN}/dagRuns/january", 800)


@pytest.mark.airflow
def test_one_fund_fails_and_the_others_are_published(service: Service, ended: str) -> None:
    versions = {fund: len(releases(service.storage, fund, SAMPLE.year)) for fund in TITLES}
    assert versions == {fund: int(fund in SOUND) for fund in TITLES}


@pytest.mark.airflow
def test_the_campaign_ends_as_failed_and_says_which_fund_is_missing(service: Service, ended: str) -> None:
    assert ended == "failed"
    (log,) = (service.home / "logs").rglob("task_id=summarize/attempt=1.log")
    text = log.read_text(encoding="utf-8")
    assert f"1项资金没有发布评价结果:{TITLES[BROKEN]}" in text
    results = service.call(
        "GET", f"{CAMPAIGN}/dagRuns/january/taskInstances/summarize/xcomEntries/results", service.token()
    )["value"]
    told = json.loads(results) if isinstance(results, str) else results
    rows = {row["fund"]: row for row in told}
    assert rows[BROKEN]["version"] is None
    for fund in SOUND:
        (release,) = releases(service.storage, fund, SAMPLE.year)
        assert rows[fund]["score"] == release.metrics["score"]["value"]


@pytest.mark.airflow
def test_the_operator_sees_each_fund_by_its_chinese_name(service: Service, ended: str) -> None:
    instances = service.call(
        "GET", f"{CAMPAIGN}/dagRuns/january/taskInstances/evaluate/listMapped", service.token()
    )["task_instances"]
    assert {each["rendered_map_index"] for each in instances} == set(TITLES.values())
