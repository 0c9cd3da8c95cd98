"""A correction costs the work it calls for and no more: cleared tasks, new runs with ``only``, and their limits."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fundeval import reuse
from fundeval.core.context import RunContext
from fundeval.core.errors import ConfigurationError, FundevalError
from fundeval.core.places import funds_folder
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.pipeline import STAGES, run_all, run_stage
from support.release import Release, releases
from support.sample_sources import SAMPLE, SERVICE_INDICATORS, copy_sample, correct_service_indicator

NAMES = [stage.name for stage in STAGES]
AFTER_SERVICES = {
    "ingest.service_indicators", "check_quality", "measure", "examine", "score", "build_dataset", "write_report",
    "publish",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A storage root with the folder of sources beside it."""

    root: Path

    def context(self, run_id: str, **options: Any) -> RunContext:
        return RunContext(SAMPLE, self.root / "sources", Rooms(self.root / "out"), run_id, **options)

    @property
    def releases(self) -> list[Release]:
        return releases(self.root / "out", SAMPLE.fund, SAMPLE.year)


def worked(results: dict[str, dict[str, Any]]) -> set[str]:
    """Return the stages that did work; opening the run always does and is left out."""
    return {name for name, result in results.items() if not result["unchanged"]} - {"open_run"}


def files(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in found}


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def run(context: RunContext) -> dict[str, dict[str, Any]]:
    results, errors = run_all(context)
    assert errors == {}
    return results


@pytest.fixture(scope="module", autouse=True)
def code() -> Iterator[None]:
    """Hold the code for the same throughout, whoever edits it while the tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reuse, "code_sha256", lambda: "this code")
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The bundled year, evaluated once in run ``first``; nobody changes it."""
    place = Place(tmp_path_factory.mktemp("finished"))
    copy_sample(place.root / "sources")
    run(place.context("first"))
    return place


@pytest.fixture
def place(finished: Place, tmp_path: Path) -> Place:
    """A copy of it to work on, times of change included."""
    shutil.copytree(finished.root, tmp_path / "copy")
    return Place(tmp_path / "copy")


def test_nothing_changed_means_no_work_and_no_further_release(place: Place) -> None:
    results = run(place.context("first"))
    assert worked(results) == set()
    assert [release.path.name for release in place.releases] == ["v1"]
    assert results["publish"]["version"] == 1


def test_a_changed_file_costs_exactly_the_stages_that_depend_on_it(place: Place) -> None:
    correct_service_indicator(place.root / "sources", actual=0)
    assert worked(run(place.context("first"))) == AFTER_SERVICES


def test_a_new_run_with_only_starts_from_the_finished_one_and_leaves_it_as_it_is(place: Place) -> None:
    before = files(place.context("first").run.path)
    correct_service_indicator(place.root / "sources", actual=0)

    results = run(place.context("second", only=("service_indicators",)))

    assert results["open_run"]["based_on"] == "first"
    assert worked(results) == AFTER_SERVICES
    assert files(place.context("first").run.path) == before
    assert [release.path.name for release in place.releases] == ["v1", "v2"]


def test_it_publishes_what_a_whole_run_over_the_same_files_publishes(place: Place) -> None:
    correct_service_indicator(place.root / "sources", actual=0)
    run(place.context("second", only=("service_indicators",)))
    run(place.context("whole"))
    second, whole = place.releases[-2:]
    for part in ("dataset",):
        assert files(second.path / part) == files(whole.path / part)


def test_a_kind_that_was_not_asked_for_keeps_its_rows_and_the_operator_is_told(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    correct_service_indicator(place.root / "sources", actual=0)
    with caplog.at_level(logging.WARNING):
        results = run(place.context("second", only=("survey",)))
    assert worked(results) == set()
    assert results["ingest.service_indicators"]["passed_over"] == ["运维服务指标.xlsx"]
    assert "《运维服务指标.xlsx》已经更换,但不在“只更新”之列" in caplog.text


def test_a_kind_that_has_to_be_read_again_but_was_not_asked_for_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New code would read the old rows anew, and only the new file is there: neither would be honest."""
    correct_service_indicator(place.root / "sources", actual=0)
    monkeypatch.setattr(reuse, "code_sha256", lambda: "other code")
    context = place.context("second", only=("survey",))
    run_stage("open_run", context)
    run_stage("ingest.budget_plan", context)
    with pytest.raises(ConfigurationError, match="《运维服务指标.xlsx》已经更换"):
        run_stage("ingest.service_indicators", context)


def test_only_without_a_finished_run_is_refused(place: Place) -> None:
    shutil.rmtree(place.root / "out")
    with pytest.raises(ConfigurationError, match="还没有已完成的运行"):
        run_stage("open_run", place.context("second", only=("survey",)))


def test_only_with_an_unknown_kind_names_it_and_the_known_ones(place: Place) -> None:
    with pytest.raises(ConfigurationError, match=r"invoices.*budget_plan、treasury_payments"):
        run_stage("open_run", place.context("second", only=("invoices",)))


def test_opening_the_run_again_does_not_bring_back_what_it_started_from(place: Place) -> None:
    correct_service_indicator(place.root / "sources", actual=0)
    context = place.context("second", only=("service_indicators",))
    run_stage("open_run", context)
    run_stage("ingest.service_indicators", context)
    read = file_sha256(context.run.table_path("staging", "service_indicators"))
    run_stage("open_run", context)
    assert file_sha256(context.run.table_path("staging", "service_indicators")) == read


def test_forced_every_stage_works_and_the_release_stays_the_same(place: Place) -> None:
    results = run(place.context("first", force=True))
    assert worked(results) == set(NAMES) - {"open_run"}
    assert [release.path.name for release in place.releases] == ["v1"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda table: table.unlink(),
        lambda table: table.write_bytes(table.read_bytes()[:-8]),
    ],
    ids=["gone", "cut short"],
)
def test_a_table_that_is_not_as_it_was_left_is_made_again(
    place: Place, damage: Callable[[Path], Any]
) -> None:
    context = place.context("first")
    table = context.run.table_path("marts", "units")
    before = file_sha256(table)
    damage(table)
    assert worked(run(context)) == {"measure"}
    assert file_sha256(table) == before


def test_a_stage_that_failed_works_again_though_nothing_changed(place: Place) -> None:
    paper = place.root / "sources" / "评价工作底稿.xlsx"
    whole = paper.read_bytes()
    paper.write_bytes(whole[:1000])
    context = place.context("first")
    for _ in range(2):
        with pytest.raises(FundevalError):
            run_stage("ingest.working_paper", context)
    paper.write_bytes(whole)
    assert not run_stage("ingest.working_paper", context)["unchanged"]


def test_a_changed_scheme_costs_everything_but_reading(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(funds_folder(), tmp_path / "funds")
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(tmp_path / "funds"))
    (scheme,) = (tmp_path / "funds" / SAMPLE.fund).glob(f"scheme-{SAMPLE.year}.yaml")
    scheme.write_text(scheme.read_text(encoding="utf-8") + "# 修订说明\n", encoding="utf-8")
    results = run(place.context("first"))
    read = {name for name in NAMES if name.startswith("ingest.")}
    assert not worked(results) & read
    assert {"check_quality", "measure", "score"} <= worked(results)


@pytest.mark.parametrize(
    "stage", [stage for stage in STAGES if stage.footprint], ids=lambda stage: stage.name
)
def test_a_stage_needs_nothing_beyond_what_it_names(stage: Any, place: Place) -> None:
    """In a run that holds only what the stage names it leaves the very files it left among all others."""
    context = place.context("first")
    folder = context.run.path
    named = stage.footprint(context)
    wanted = {path for pattern in named.reads for path in folder.glob(pattern) if path.is_file()}
    written = {path for pattern in named.writes for path in folder.glob(pattern) if path.is_file()}
    # The documents of the checks say when they were made; no stage reads them.
    left = {path: file_sha256(path) for path in written if "data_docs" not in path.parts}
    release = files(place.releases[-1].path)
    assert left or stage.name == "publish"
    for path in [path for path in folder.rglob("*") if path.is_file() and path.name != "run.json"]:
        if path not in wanted - written:
            path.unlink()
    for shared in ("releases", "serving.sqlite", "audit"):
        _remove(place.root / "out" / shared)

    run_stage(stage.name, replace(context, force=True))

    assert {path: file_sha256(path) for path in left} == left
    if stage.name == "publish":
        again = files(place.releases[-1].path)
        assert again.keys() == release.keys()
        assert {name for name in again if again[name] != release[name]} <= {"release.json"}


def test_a_release_of_another_run_is_what_a_cleared_run_is_held_against(place: Place) -> None:
    """The report says what it corrects: with another release between, that is another thing."""
    path = place.root / "sources" / SERVICE_INDICATORS
    before = path.read_bytes()
    correct_service_indicator(place.root / "sources", actual=0)
    run(place.context("other"))
    path.write_bytes(before)
    assert worked(run(place.context("first"))) == {"build_dataset", "write_report", "publish"}


def test_the_run_ends_with_a_table_of_what_moved(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    correct_service_indicator(place.root / "sources", actual=0)
    with caplog.at_level(logging.INFO):
        changes = run(place.context("first"))["publish"]["changes"]

    before, after = place.releases
    assert (changes["before"], changes["after"]) == (1, 2)
    assert changes["inputs"] == ["运维服务指标.xlsx"]
    score, *others = changes["metrics"]
    assert (score["metric"], score["before"], score["after"]) == (
        "score", before.metrics["score"]["value"], after.metrics["score"]["value"],
    )  # fmt: skip
    moved = {
        name for name in after.metrics if after.metrics[name]["value"] != before.metrics[name]["value"]
    } - {"score"}
    assert {row["metric"] for row in others} == moved
    assert "service_indicators_met" in moved
    assert "第 2 版与第 1 版对比" in caplog.text
    assert score["after"] in caplog.text


def test_a_first_release_has_nothing_to_be_compared_with(finished: Place) -> None:
    results = run(finished.context("first"))
    assert results["publish"]["changes"] is None
