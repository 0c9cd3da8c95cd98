"""The intake as a DAG: what offices put into the inbox is taken in, answered and announced as asset events."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.rooms import Rooms
from fundeval.sources.submissions import Submission, read_submissions
from support.sample_sources import SAMPLE, SERVICE_INDICATORS, copy_sample

pytestmark = pytest.mark.airflow
DAGS = Path(__file__).resolve().parents[2] / "dags"
PLAN = "预算批复及建设计划.xlsx"


@dataclass(frozen=True)
class Looked:
    """What one run of the DAG came to: state of the run and of its tasks, events of assets as (name, extra)."""

    state: str
    tasks: list[tuple[str, str]]
    events: list[tuple[str, dict[str, Any]]]


class Installation:
    def __init__(self, root: Path) -> None:
        self.inbox = root / "inbox"
        self.folder = self.inbox / str(SAMPLE)
        self.rooms = Rooms(root / "storage")

    @property
    def submissions(self) -> list[Submission]:
        return read_submissions(self.rooms, SAMPLE)

    def look(self) -> Looked:
        from airflow.dag_processing.dagbag import BundleDagBag
        from airflow.models.asset import AssetEvent, AssetModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        bag = BundleDagBag(dag_folder=DAGS, bundle_path=DAGS, bundle_name="dags-folder")
        run = bag.dags["intake_submissions"].test(run_conf={"out": str(self.rooms.root)})
        with create_session() as session:
            instances = run.get_task_instances(session=session)
            events = session.execute(
                select(AssetModel.name, AssetEvent.extra)
                .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
                .where(
                    AssetEvent.source_dag_id == "intake_submissions", AssetEvent.source_run_id == run.run_id
                )
                .order_by(AssetEvent.id)
            ).all()
            return Looked(
                state=str(run.state),
                tasks=sorted((each.task_id, str(each.state)) for each in instances),
                events=[(name, extra) for name, extra in events],
            )


@pytest.fixture(scope="module")
def installation(airflow: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = Installation(tmp_path_factory.mktemp("intake"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNDEVAL_INBOX", str(made.inbox))
        patch.setattr("fundeval.sources.intake.SETTLE_SECONDS", 0.0)
        yield made


@pytest.fixture(scope="module")
def first(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """The plan, one sound file and one cut short, from an office of its own."""
    sample = copy_sample(tmp_path_factory.mktemp("sample") / "files")
    (installation.folder / "市甲局").mkdir(parents=True)
    for name in (PLAN, SERVICE_INDICATORS):
        shutil.copy(sample / name, installation.folder / name)
    broken = (sample / "评价工作底稿.xlsx").read_bytes()[:1000]
    (installation.folder / "市甲局" / "评价工作底稿.xlsx").write_bytes(broken)
    return installation.look()


def test_one_task_per_fund_year_takes_in_what_is_there(first: Looked, installation: Installation) -> None:
    assert first.state == "success"
    assert first.tasks == [("look_around", "success"), ("take_in", "success")]
    assert [
        (each.received.file, each.received.office, each.outcome) for each in installation.submissions
    ] == [
        (PLAN, "", "accepted"),
        (SERVICE_INDICATORS, "", "accepted"),
        ("评价工作底稿.xlsx", "市甲局", "refused"),
    ]


def test_each_kind_that_was_accepted_is_an_asset_event_and_a_refused_one_is_none(
    first: Looked, installation: Installation
) -> None:
    assert [name for name, _ in first.events] == [
        f"submissions/{SAMPLE}/budget_plan",
        f"submissions/{SAMPLE}/service_indicators",
    ]
    by_name = dict(first.events)
    plan = by_name[f"submissions/{SAMPLE}/budget_plan"]
    assert (plan["fund"], plan["year"], plan["kind"]) == (SAMPLE.fund, SAMPLE.year, "budget_plan")
    assert plan["sha256"] == installation.submissions[0].received.sha256


def test_the_office_finds_its_answer(first: Looked, installation: Installation) -> None:
    answer = installation.rooms.root / "feedback" / str(SAMPLE) / "市甲局" / "评价工作底稿-问题反馈.xlsx"
    assert answer.is_file()


def test_a_look_at_an_unchanged_inbox_starts_nothing(first: Looked, installation: Installation) -> None:
    again = installation.look()
    assert again.state == "success"
    assert [task for task, state in again.tasks if state == "success"] == ["look_around"]
    assert again.events == []
    assert len(installation.submissions) == 3


def test_a_mended_file_is_announced_by_itself(
    first: Looked, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sample = copy_sample(tmp_path_factory.mktemp("mended") / "files")
    shutil.copy(sample / "评价工作底稿.xlsx", installation.folder / "市甲局" / "评价工作底稿.xlsx")
    mended = installation.look()
    assert [name for name, _ in mended.events] == [f"submissions/{SAMPLE}/working_paper"]
    assert installation.submissions[-1].outcome == "accepted"
