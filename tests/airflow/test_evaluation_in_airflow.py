"""The real evaluation as a run of the DAG: from the bundled exports to a release, a correction, wrong input."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from fundeval.pipeline import STAGES
from support.airflow_runs import Outcome, evaluate
from support.release import Release, releases
from support.sample_sources import SAMPLE, SERVICE_INDICATORS, copy_sample, correct_service_indicator

pytestmark = pytest.mark.airflow


@dataclass(frozen=True)
class Commanded:
    """What ``make run`` did in a process and an Airflow of its own.

    Attributes:
        sources: Folder of the sources.
        out: Storage root.
        home: Airflow's home.
        done: The finished process with everything it printed.
    """

    sources: Path
    out: Path
    home: Path
    done: subprocess.CompletedProcess[str]

    @property
    def logs(self) -> str:
        """Everything in the log files of Airflow's home."""
        return "".join(path.read_text(encoding="utf-8") for path in (self.home / "logs").rglob("*.log"))


def command(root: Path, sources: Path) -> Commanded:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    done = subprocess.run(
        [
            sys.executable, "-m", "fundeval.airflow.run", "--fund", SAMPLE.fund, "--year", str(SAMPLE.year),
            "--sources", str(sources), "--out", str(root / "out"),
        ],
        env={**environment, "AIRFLOW_HOME": str(root / "home")},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    return Commanded(sources, root / "out", root / "home", done)


def published(out: Path) -> list[Release]:
    return releases(out, SAMPLE.fund, SAMPLE.year)


def contents(release: Release) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in release.files()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Commanded:
    """The bundled exports, evaluated by the command."""
    root = tmp_path_factory.mktemp("first")
    run = command(root, copy_sample(root / "sources"))
    assert run.done.returncode == 0, run.done.stdout
    return run


@pytest.fixture(scope="module")
def v1(first: Commanded) -> dict[Path, bytes]:
    """Every file of the first release with its bytes, as they were when it was published."""
    (release,) = published(first.out)
    return contents(release)


@pytest.fixture(scope="module")
def corrected(airflow: Path, first: Commanded, v1: dict[Path, bytes]) -> Outcome:
    """A run in this process after one file was corrected: its first service indicator missed its target."""
    correct_service_indicator(first.sources, actual=0)
    return evaluate(SAMPLE, first.sources, first.out)


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Commanded:
    """One file left out and another cut short."""
    root = tmp_path_factory.mktemp("refused")
    sources = copy_sample(root / "sources")
    (sources / SERVICE_INDICATORS).unlink()
    paper = sources / "评价工作底稿.xlsx"
    paper.write_bytes(paper.read_bytes()[:1000])
    return command(root, sources)


def test_the_command_shows_each_stage_and_ends_with_a_summary(first: Commanded) -> None:
    (release,) = published(first.out)
    printed = first.done.stdout
    assert f"[ 1/{len(STAGES) + 1}]" in printed
    assert f"[{len(STAGES) + 1}/{len(STAGES) + 1}]" in printed
    assert f"得分 {release.metrics['score']['value']}" in printed
    assert f"“{release.metrics['grade']['value']}”" in printed
    assert str(release.path) in printed


def test_airflows_own_words_go_to_a_file_and_not_to_the_screen(first: Commanded) -> None:
    assert "year_end_evaluation" in first.logs
    assert "[info" not in first.done.stdout
    assert first.done.stderr == ""


def test_a_release_is_dataset_report_and_record(first: Commanded, v1: dict[Path, bytes]) -> None:
    (release,) = published(first.out)
    assert release.path.name == "v1"
    assert {path.relative_to(release.path).parts[0] for path in v1} == {
        "dataset",
        "evidence",
        "report",
        "release.json",
    }


def test_a_corrected_file_makes_a_second_release_and_leaves_the_first_byte_for_byte(
    corrected: Outcome, first: Commanded, v1: dict[Path, bytes]
) -> None:
    assert corrected.succeeded, corrected.problems
    before, after = published(first.out)
    assert contents(before) == v1
    assert after.path.name == "v2"
    assert after.metric("service_indicators_met") == before.metric("service_indicators_met") - 1
    assert after.metric("score") < before.metric("score")


def test_what_operators_can_see_names_no_classified_project(first: Commanded, corrected: Outcome) -> None:
    secrets = {row["project_name"] for row in corrected.run.rows("restricted", "plan_projects")}
    shown = first.logs + first.done.stdout + corrected.screen + str(corrected.results)
    assert secrets
    assert not {name for name in secrets if name in shown}


def test_wrong_files_fail_the_command_with_every_problem_and_nothing_is_published(refused: Commanded) -> None:
    printed = refused.done.stdout
    assert refused.done.returncode == 1
    assert "没有发布任何结果" in printed
    assert "运维服务指标" in printed
    assert "评价工作底稿.xlsx" in printed
    assert "重试" not in printed
    assert published(refused.out) == []
