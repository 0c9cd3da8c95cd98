"""Every DAG of the project as Airflow reads it: complete, named for Chinese operators, only wiring."""

from __future__ import annotations

import ast
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from fundeval.pipeline import STAGES

DAGS = Path(__file__).resolve().parents[2] / "dags"
DAG_FILES = sorted(DAGS.glob("*.py"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
KINDS = (
    "budget_plan", "treasury_payments", "quota_releases", "procurement", "emall_orders", "project_progress",
    "service_indicators", "survey", "working_paper",
)  # fmt: skip
STAGE_NAMES = {
    "open_run", *(f"ingest.{kind}" for kind in KINDS), "check_quality", "seal_classified", "measure", "examine",
    "score",
    "build_dataset", "write_report", "publish",
}  # fmt: skip
# What a DAG file may hold: imports, constants, and calls that put the library's parts together.
WIRING = (
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.Assign, ast.Expr, ast.With, ast.withitem, ast.Call,
    ast.keyword, ast.Name, ast.Attribute, ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Load, ast.Store,
)  # fmt: skip


@pytest.fixture(scope="module")
def bag(airflow: Path) -> Any:
    from airflow.dag_processing.dagbag import BundleDagBag

    return BundleDagBag(dag_folder=DAGS, bundle_path=DAGS, bundle_name="dags-folder")


@pytest.fixture(scope="module")
def evaluation(bag: Any) -> Any:
    return bag.dags["year_end_evaluation"]


def test_every_file_is_read_without_an_error_and_holds_the_dag_it_is_named_after(bag: Any) -> None:
    assert bag.import_errors == {}
    assert {path.stem for path in DAG_FILES} == set(bag.dags)
    assert "year_end_evaluation" in bag.dags


def test_the_stages_of_the_library_are_those_of_the_architecture() -> None:
    assert {stage.name for stage in STAGES} == STAGE_NAMES


def test_every_stage_is_a_task_of_the_evaluation_and_every_other_task_a_person_s(evaluation: Any) -> None:
    assert set(evaluation.task_ids) == STAGE_NAMES | {"approve"}


def test_a_person_is_asked_when_the_draft_is_complete_and_before_anything_is_published(
    evaluation: Any,
) -> None:
    approve = evaluation.get_task("approve")
    assert approve.upstream_task_ids == {"write_report"}
    assert approve.downstream_task_ids == {"publish"}


def test_the_nine_kinds_of_file_are_one_group(evaluation: Any) -> None:
    group = evaluation.task_group_dict["ingest"]
    assert set(group.children) == {f"ingest.{kind}" for kind in KINDS}
    assert CHINESE.search(group.group_display_name)


def test_a_task_stands_behind_every_stage_it_needs(evaluation: Any) -> None:
    for stage in STAGES:
        assert set(stage.after) <= evaluation.get_task(stage.name).upstream_task_ids


def test_publishing_comes_last_and_needs_everything(evaluation: Any) -> None:
    assert {task.task_id for task in evaluation.leaves} == {"publish"}
    assert evaluation.get_task("publish").get_flat_relative_ids(upstream=True) == (
        STAGE_NAMES | {"approve"}
    ) - {"publish"}


def test_what_always_runs_never_ends_a_run(evaluation: Any) -> None:
    """The last tasks alone decide whether a run failed; one that always runs may succeed after a failure."""
    always = [stage.name for stage in STAGES if stage.always]
    assert always
    for name in always:
        assert evaluation.get_task(name).downstream_task_ids


def test_operators_read_chinese_names_and_explanations(bag: Any) -> None:
    for dag in bag.dags.values():
        assert CHINESE.search(dag.dag_display_name)
        assert CHINESE.search(dag.description)
        assert CHINESE.search(dag.doc_md)
        for task in dag.tasks:
            assert CHINESE.search(task.task_display_name), task.task_id
            assert CHINESE.search(task.doc_md), task.task_id
            assert "清除是安全的" in task.doc_md, task.task_id
            assert task.owner != "airflow", task.task_id


def test_every_task_has_an_end_and_another_try(bag: Any) -> None:
    for dag in bag.dags.values():
        assert dag.dagrun_timeout is not None
        for task in dag.tasks:
            # A person's time is no execution time: it is limited by itself.
            limit = getattr(task, "response_timeout", None) or task.execution_timeout
            assert limit is not None, task.task_id
            assert task.retries >= 1, task.task_id


def test_the_form_asks_for_fund_and_year_and_explains_every_field_in_chinese(evaluation: Any) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    form = {name: evaluation.params.get_param(name) for name in evaluation.params}
    assert set(form) == {"fund", "year", "sources", "out", "approval", "only", "force"}
    for param in form.values():
        assert CHINESE.search(param.schema["title"])
        assert CHINESE.search(param.description)
    for name in ("fund", "year"):
        with pytest.raises(ParamValidationError):
            form[name].resolve()
    for name in ("sources", "out"):
        assert form[name].resolve() is None
    assert (form["approval"].resolve(), form["only"].resolve(), form["force"].resolve()) == (False, [], False)


def test_only_offers_the_nine_kinds_by_their_chinese_names(evaluation: Any) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    only = evaluation.params.get_param("only")
    assert tuple(only.schema["examples"]) == KINDS
    assert all(CHINESE.search(only.schema["values_display"][kind]) for kind in KINDS)
    assert only.resolve(["survey"]) == ["survey"]
    with pytest.raises(ParamValidationError):
        only.resolve(["invoices"])


@pytest.mark.parametrize("name", ["year_end_campaign", "execution_monitor"])
def test_a_new_installation_starts_nothing_that_was_due_long_ago(bag: Any, name: str) -> None:
    """Who starts Airflow for the first time in November has not asked for last January's campaign."""
    from airflow.sdk import timezone
    from airflow.timetables.base import TimeRestriction

    dag = bag.dags[name]
    assert dag.start_date is None
    due = dag.timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(None, None, dag.catchup)
    )
    assert due.run_after > timezone.utcnow() - dt.timedelta(days=14)


def test_no_task_depends_on_itself(bag: Any) -> None:
    for dag in bag.dags.values():
        dag.check_cycle()


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.name)
def test_a_dag_file_holds_wiring_and_no_logic(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    logic = {type(node).__name__ for node in ast.walk(tree) if not isinstance(node, WIRING)}
    assert logic == set()


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.name)
def test_reading_a_dag_file_asks_neither_the_database_nor_the_clock_nor_the_environment(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert called.isdisjoint({"get", "now", "utcnow", "today", "getenv"})
    assert imported.isdisjoint({"Variable", "Connection", "os"})
