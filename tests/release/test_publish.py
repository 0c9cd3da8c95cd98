"""Publishing: a release appears whole, once, checked, and never changes."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import shutil
import signal
import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fundeval.core.context import RunContext
from fundeval.core.errors import DisclosureError, ReleaseError
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.release import publish as steps
from fundeval.release.dataset import draft_folder, write_editions
from fundeval.release.dictionary import load_dictionary
from fundeval.release.diff import diff_releases
from fundeval.release.editions.tables import read_dataset
from fundeval.release.evidence.halves import verify_private_half
from fundeval.release.publish import publish
from fundeval.release.trail import verify_trail
from fundeval.release.versions import (
    latest_release,
    list_releases,
    release_at,
    release_of,
    releases_of,
    verify_chain,
    verify_release,
    withdraw_release,
)
from release.invented import FUND_YEAR, SECRET_ACCOUNT, SECRET_NAMES, invented_tables, make_draft
from release.planted import docx_bytes

FORK = multiprocessing.get_context("fork")
"""What the tests before have left uncollected must not be collected in a child: DuckDB waits for threads it lacks."""


def corrected_tables():
    """The invented year after an office sent a corrected voucher: 1000 less paid in January."""
    tables = invented_tables()
    marts = tables["marts"]
    for row in (marts["fund_facts"][0], marts["projects"][0], marts["units"][1]):
        row["paid_yuan"] -= 1000
        row["carry_over_yuan"] += 1000
    marts["projects"][0]["execution_rate_pct"] = "74.88"
    marts["units"][1]["execution_rate_pct"] = "81.73"
    marts["fund_months"][0]["paid_yuan"] -= 1000
    tables["staging"]["vouchers"][0]["amount_yuan"] -= 1000
    for row in tables["checks"]["ingest_budget_plan"]:
        row["source_sha256"] = "d" * 64
    return tables


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def visible(root: Path) -> list[str]:
    folder = root / "releases" / FUND_YEAR.fund / str(FUND_YEAR.year)
    return sorted(path.name for path in folder.glob("[!.]*")) if folder.is_dir() else []


def test_a_release_holds_the_draft_and_says_what_it_is(tmp_path):
    context = make_draft(tmp_path)
    counts = publish(context)
    release = Path(counts["release"])
    assert release == tmp_path / "releases" / "green-river" / "2031" / "v1"
    draft = bytes_of(draft_folder(context))
    published = bytes_of(release)
    manifest = json.loads(published.pop("release.json"))
    assert published == draft
    assert {entry["path"]: entry["sha256"] for entry in manifest["files"]} == {
        name: file_sha256(release / name) for name in draft
    }
    assert all(entry["bytes"] == len(draft[entry["path"]]) for entry in manifest["files"])
    told = ("fund", "year", "version", "run_id", "previous", "approval", "inputs")
    assert {name: manifest[name] for name in told} == {
        "fund": "green-river",
        "year": 2031,
        "version": 1,
        "run_id": "first",
        "previous": None,
        "approval": None,
        "inputs": [
            {"kind": "budget_plan", "file": "计划.xlsx", "sha256": "a" * 64, "rows": 13, "rows_rejected": 0},
            {"kind": "survey", "file": "问卷.csv", "sha256": "b" * 64, "rows": 5, "rows_rejected": 1},
        ],
    }
    scheme = manifest["scheme"]
    assert (scheme["fund"], scheme["year"], scheme["is_fallback"]) == ("green-river", 2030, True)
    assert manifest["code_version"]
    assert manifest["published_at"].endswith("+00:00")


def test_published_files_are_read_only(tmp_path):
    release = Path(publish(make_draft(tmp_path))["release"])
    modes = {stat.S_IMODE(path.stat().st_mode) for path in release.rglob("*") if path.is_file()}
    assert modes == {0o444}


def test_a_task_run_again_finds_its_release_another_run_makes_the_next(tmp_path):
    context = make_draft(tmp_path, "first")
    assert [publish(context)["version"], publish(context)["version"]] == [1, 1]
    assert publish(context)["published_before"]
    assert publish(make_draft(tmp_path, "second"))["version"] == 2
    assert publish(context)["version"] == 1


def test_a_run_whose_content_changed_makes_the_next_version_and_back_again_one_more(tmp_path):
    publish(make_draft(tmp_path, "r"))
    first = bytes_of(tmp_path / "releases" / "green-river" / "2031" / "v1")
    assert publish(make_draft(tmp_path, "r", corrected_tables()))["version"] == 2
    assert publish(make_draft(tmp_path, "r"))["version"] == 3
    assert bytes_of(tmp_path / "releases" / "green-river" / "2031" / "v1") == first


def test_other_inputs_with_the_same_content_are_another_version(tmp_path):
    publish(make_draft(tmp_path, "r"))
    tables = invented_tables()
    tables["checks"]["ingest_survey"][0]["source_sha256"] = "e" * 64
    assert publish(make_draft(tmp_path, "r", tables))["version"] == 2


def test_a_correction_tells_what_changed(tmp_path):
    publish(make_draft(tmp_path, "r"))
    release = Path(publish(make_draft(tmp_path, "r", corrected_tables()))["release"])
    diff = json.loads((release / "changes" / "diff.json").read_text("utf-8"))
    assert (diff["before"], diff["after"], diff["score"]) == (1, 2, None)
    assert diff["inputs"] == [
        {
            "kind": "budget_plan",
            "file": "计划.xlsx",
            "change": "changed",
            "before_sha256": "a" * 64,
            "after_sha256": "d" * 64,
        }
    ]
    metrics = {
        change["key"]: (change["before"], change["after"], change["difference"]) for change in diff["metrics"]
    }
    assert metrics == {
        "paid": ("1200000.00", "1199000.00", "-1000.00"),
        "carry_over": ("400000.00", "401000.00", "1000.00"),
        "execution_rate": ("75.00", "74.94", "-0.06"),
    }
    assert diff["rows"] == {
        "metrics": {"added": 0, "removed": 0, "changed": 3},
        "months": {"added": 0, "removed": 0, "changed": 1},
        "projects": {"added": 0, "removed": 0, "changed": 1},
        "units": {"added": 0, "removed": 0, "changed": 1},
    }
    rooms = drafted(tmp_path).rooms
    again = diff_releases(release_of(rooms, FUND_YEAR, 1), release_of(rooms, FUND_YEAR, 2))
    assert again.as_dict() == diff
    table = (release / "changes" / "diff.csv").read_bytes().decode("utf-8-sig").split("\r\n")
    assert "months,2031-01,changed,paid,100000.00,99000.00,-1000.00" in table
    page = (release / "changes" / "更正说明.html").read_text("utf-8")
    assert "本版为第 2 版,更正第 1 版" in page
    assert "1199000.00" in page
    assert "http" not in page


def test_release_json_is_chained_to_the_one_before(tmp_path):
    first = Path(publish(make_draft(tmp_path, "a"))["release"])
    second = Path(publish(make_draft(tmp_path, "b"))["release"])
    previous = json.loads((second / "release.json").read_text("utf-8"))["previous"]
    assert previous == {"version": 1, "release_sha256": file_sha256(first / "release.json")}
    rooms = make_draft(tmp_path, "c").rooms
    assert verify_chain(rooms, FUND_YEAR) == []
    (first / "release.json").chmod(0o644)
    (first / "release.json").write_text((first / "release.json").read_text("utf-8") + " ", "utf-8")
    assert verify_chain(rooms, FUND_YEAR) == ["第 2 版:记载的上一版与实际不符。"]


@pytest.mark.parametrize("name", ["report/report.docx", "report/appendices.xlsx", "dataset/datapackage.json"])
def test_an_incomplete_draft_is_refused(name, tmp_path):
    context = make_draft(tmp_path)
    (draft_folder(context) / name).unlink()
    with pytest.raises(ReleaseError, match=name):
        publish(context)
    assert visible(tmp_path) == []


def spoil(change):
    """Return a run's draft whose editions agree with each other, but not with themselves after ``change``."""

    def make(root: Path):
        context = make_draft(root)
        folder = draft_folder(context) / "dataset"
        dictionary = load_dictionary()
        dataset = read_dataset(folder, dictionary)
        change(dataset)
        shutil.rmtree(folder)
        folder.mkdir()
        write_editions(dictionary, dataset, folder, FUND_YEAR, {"name": "x"})
        return context

    return make


def metric(name: str, column: str, value):
    def change(dataset):
        next(row for row in dataset["metrics"] if row["metric"] == name)[column] = value

    return change


def cell(table: str, number: int, column: str, value):
    def change(dataset):
        dataset[table][number][column] = value

    return change


def drop(table: str, number: int):
    def change(dataset):
        del dataset[table][number]

    return change


WRONG = {
    "a metric that is not the sum of the projects": (
        metric("released", "value", "1600000.01"),
        "指标 released",
    ),
    "a rate that does not follow": (
        metric("execution_rate", "value", "75.01"),
        "execution_rate 不等于分子除以分母",
    ),
    "a numerator of its own": (
        metric("execution_rate", "numerator", Decimal(1)),
        "execution_rate 的分子分母",
    ),
    "a satisfaction the answers do not give": (
        metric("satisfaction_rate", "numerator", Decimal(5)),
        "satisfaction_rate",
    ),
    "a count of services": (metric("service_indicators_met", "value", "2"), "service_indicators_met"),
    "a count of new projects": (metric("projects_new", "value", "2"), "projects_new"),
    "an unreleased rest": (metric("unreleased", "value", "1.00"), "unreleased"),
    "a score that is not the sum": (metric("score", "value", "85.01"), "指标 score"),
    "a grade the score does not earn": (metric("grade", "value", "优"), "应为“良”"),
    "a missing metric": (drop("metrics", 3), "缺少指标 paid"),
    "a month that is missing": (drop("months", 11), "12 个月"),
    "months that do not sum up": (cell("months", 0, "paid", Decimal(1)), "各月支付之和"),
    "a unit that is not its projects": (cell("units", 1, "paid", Decimal(1)), "单位“市水利局”"),
    "a unit's count": (cell("units", 0, "projects", 2), "单位“市城管局”"),
    "a unit left out": (drop("units", 0), "单位“市城管局”"),
    "a project's carry-over": (cell("projects", 0, "carry_over", Decimal(1)), "LH31-A01 的结转"),
    "a project's rate": (cell("projects", 1, "execution_rate", Decimal(99)), "LH31-B01 的预算执行率"),
    "a deduction": (cell("indicators", 1, "deduction", Decimal(14)), "指标 B12 的扣分"),
    "a service said to be met": (cell("services", 1, "is_met", True), "“故障率”是否达标"),
    "a finding about no project": (cell("findings", 0, "project_code", "X"), "不存在的项目"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_number_that_does_not_follow_from_the_rows_stops_the_release(case, tmp_path):
    change, said = WRONG[case]
    with pytest.raises(ReleaseError, match="复核不一致") as caught:
        publish(spoil(change)(tmp_path))
    assert said in str(caught.value)
    assert visible(tmp_path) == []


def test_a_dataset_that_was_only_written_again_still_passes(tmp_path):
    assert publish(spoil(lambda dataset: None)(tmp_path))["version"] == 1


@pytest.mark.parametrize("name", ["months.csv", "months.parquet", "dataset.xlsx"])
def test_editions_that_differ_stop_the_release(name, tmp_path):
    context = make_draft(tmp_path / "a")
    other = make_draft(tmp_path / "b", tables=corrected_tables())
    shutil.copy(draft_folder(other) / "dataset" / name, draft_folder(context) / "dataset" / name)
    with pytest.raises(ReleaseError, match="内容不同"):
        publish(context)


def test_a_disclosure_stops_the_release_and_names_only_the_place(tmp_path):
    context = make_draft(tmp_path)
    leaking = docx_bytes(lambda document: document.add_paragraph(f"含{SECRET_NAMES[0]}的金额"))
    (draft_folder(context) / "report" / "report.docx").write_bytes(leaking)
    with pytest.raises(DisclosureError) as caught:
        publish(context)
    assert "report › report.docx › word/document.xml:涉密项目名称或编码" in str(caught.value)
    assert SECRET_NAMES[0] not in str(caught.value)
    assert "publishing" not in str(caught.value)
    assert visible(tmp_path) == []


def test_a_disclosure_in_the_logs_of_the_run_stops_the_release(tmp_path):
    logs = tmp_path / "logs" / "task_id=ingest"
    logs.mkdir(parents=True)
    (logs / "attempt=1.log").write_text(json.dumps({"event": f"row for {SECRET_ACCOUNT}"}), "utf-8")
    context = replace(make_draft(tmp_path), logs=(tmp_path / "logs",))
    with pytest.raises(DisclosureError, match="attempt=1.log:收款账号"):
        publish(context)
    assert visible(tmp_path) == []


def test_a_file_nobody_can_search_stops_the_release(tmp_path):
    context = make_draft(tmp_path)
    (draft_folder(context) / "report" / "extra.bin").write_bytes(bytes(range(256)))
    with pytest.raises(DisclosureError, match="extra.bin:无法检查"):
        publish(context)


def crash_at(step: int, root: Path) -> None:
    """Publish in a process that is killed at its ``step``-th look at, or change of, the disk."""
    gc.freeze()  # see FORK
    calls = iter(range(10_000))

    def dying(function):
        def call(*arguments, **options):
            if next(calls) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return call

    for owner, name in (
        (os, "fsync"),
        (os, "open"),
        (os, "chmod"),
        (os, "mkdir"),
        (os, "rename"),
        (os, "replace"),
    ):
        setattr(owner, name, dying(getattr(owner, name)))
    for name in ("rename", "replace", "chmod", "mkdir"):
        setattr(Path, name, dying(getattr(Path, name)))
    publish(drafted(root))
    os._exit(0)


def assert_nothing_is_half(root: Path) -> None:
    """Whatever is visible is whole: every file as hashed, with its private half."""
    for name in visible(root):
        release = release_at(root / "releases" / "green-river" / "2031" / name)
        assert verify_release(release.path) == []
        assert verify_private_half(release) == []


STEPS = (
    "require_derivable", "write_private_half", "require_undisclosed", "write_json", "_require_redacted",
    "require_told_truly", "_seal", "_appear", "load_release", "enter_release",
)  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_no_half_release(step, when, tmp_path, monkeypatch):
    context = make_draft(tmp_path, "dying")
    done = getattr(steps, step)

    def failing(*arguments, **options):
        if when == "after":
            done(*arguments, **options)
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(steps, step, failing)
        with pytest.raises(OSError, match="disk full"):
            publish(context)
    appeared = step in ("load_release", "enter_release") or (step, when) == ("_appear", "after")
    assert visible(tmp_path) == (["v1"] if appeared else [])
    assert_nothing_is_half(tmp_path)
    assert publish(context)["version"] == 1
    assert visible(tmp_path) == ["v1"]
    assert_nothing_is_half(tmp_path)
    assert verify_trail(context.rooms) == []


def drafted(root: Path):
    """Return the context of the run whose draft was made below ``root`` already."""
    return RunContext(FUND_YEAR, root / "sources", Rooms(root), "dying")


def test_a_crash_at_any_step_leaves_no_half_release_and_the_next_try_exactly_one(tmp_path):
    template = tmp_path / "template"
    make_draft(template, "dying")
    step, deaths = 0, 0
    while True:
        root = tmp_path / f"crash{step}"
        shutil.copytree(template, root)
        child = FORK.Process(target=crash_at, args=(step, root))
        child.start()
        child.join(120)
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        deaths += 1
        assert_nothing_is_half(root)
        assert publish(drafted(root))["version"] == 1
        assert visible(root) == ["v1"]
        hidden = list((root / "releases" / "green-river" / "2031").glob(".*"))
        assert hidden == []
        shutil.rmtree(root)
        step += 2 if step < 6 else 30
    assert deaths >= 6


def publish_one(root: Path, run_id: str) -> None:
    gc.freeze()  # see FORK
    publish(make_draft(root, run_id))


def test_runs_that_publish_at_the_same_time_get_numbers_of_their_own(tmp_path):
    children = [FORK.Process(target=publish_one, args=(tmp_path, f"run{number}")) for number in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join(240)
    assert [child.exitcode for child in children] == [0] * 4
    rooms = drafted(tmp_path).rooms
    releases = releases_of(rooms, FUND_YEAR)
    assert [release.version for release in releases] == [1, 2, 3, 4]
    assert {release.manifest["run_id"] for release in releases} == {f"run{number}" for number in range(4)}
    assert verify_chain(rooms, FUND_YEAR) == []


def test_verify_finds_what_was_changed_removed_or_added(tmp_path):
    release = Path(publish(make_draft(tmp_path))["release"])
    assert verify_release(release) == []
    months = release / "dataset" / "months.csv"
    months.chmod(0o644)
    months.write_bytes(months.read_bytes() + b" ")
    (release / "dataset" / "units.csv").unlink()
    (release / "report" / "note.txt").write_text("x")
    assert verify_release(release) == [
        "多出文件“report/note.txt”。",
        "文件“dataset/months.csv”与发布时不一致。",
        "缺少文件“dataset/units.csv”。",
    ]


def test_a_release_without_release_json_cannot_be_verified(tmp_path):
    with pytest.raises(ReleaseError, match="release.json"):
        verify_release(tmp_path)


def test_a_withdrawn_release_stays_and_the_one_before_is_the_latest(tmp_path):
    rooms = make_draft(tmp_path, "a").rooms
    publish(drafted_as(tmp_path, "a"))
    publish(make_draft(tmp_path, "b"))
    before = bytes_of(release_of(rooms, FUND_YEAR, 2).path)
    mark = withdraw_release(rooms, FUND_YEAR, 2, "支付数据有误", by="审核人")
    assert json.loads(mark.read_text("utf-8"))["reason"] == "支付数据有误"
    assert bytes_of(release_of(rooms, FUND_YEAR, 2).path) == before
    assert latest_release(rooms, FUND_YEAR).version == 1
    assert [(one["version"], one["withdrawn"]) for one in list_releases(rooms)] == [
        (1, None),
        (2, "支付数据有误"),
    ]
    assert publish(make_draft(tmp_path, "c"))["version"] == 3


def drafted_as(root: Path, run_id: str):
    return replace(drafted(root), run_id=run_id)


@pytest.mark.parametrize(("version", "reason", "said"), [(7, "x", "没有第 7 版"), (1, " ", "必须写明原因")])
def test_withdrawing_asks_for_a_release_and_a_reason(version, reason, said, tmp_path):
    context = make_draft(tmp_path)
    publish(context)
    with pytest.raises(ReleaseError, match=said):
        withdraw_release(context.rooms, FUND_YEAR, version, reason)


def test_a_release_is_withdrawn_once(tmp_path):
    context = make_draft(tmp_path)
    publish(context)
    withdraw_release(context.rooms, FUND_YEAR, 1, "一")
    with pytest.raises(ReleaseError, match="已经撤回过"):
        withdraw_release(context.rooms, FUND_YEAR, 1, "二")
