"""Files taken in on the worker that has the inbox: every other finds archive, ledger and feedback in the store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from fundeval.cli import main
from fundeval.core import audit
from fundeval.core.context import RunContext
from fundeval.core.errors import Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import file_sha256
from fundeval.sources.contract import load_contract
from fundeval.sources.intake import look_around, take_in
from fundeval.sources.selection import SourceFile, files_to_read, inbox_problems
from fundeval.sources.submissions import mark_announced, read_submissions, unannounced
from fundeval.storage.work import at_work
from support.object_store import Worker

YEAR = FundYear("green-river", 2031)


def check(by_kind: Mapping[str, Sequence[SourceFile]], fund_year: FundYear) -> list[Problem]:
    """Stand for the quality room: a file whose text says 坏 is wrong."""
    texts = [
        (file.name, file.path.read_text(encoding="utf-8")) for files in by_kind.values() for file in files
    ]
    return [
        Problem(file=name, row=1, message="坏。", remedy="请改好。") for name, text in texts if "坏" in text
    ]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox" / str(YEAR) / "水利局"
    folder.mkdir(parents=True)
    (folder / "满意度问卷.csv").write_text("好", encoding="utf-8")
    (folder / "电子卖场订单.csv").write_text("坏", encoding="utf-8")
    return tmp_path / "inbox"


def take(worker: Worker, name: str, inbox: Path) -> list[str]:
    look = take_in(inbox / str(YEAR), worker(name), YEAR, check, settle_seconds=0)
    return [each.outcome for each in look.taken]


def test_what_one_worker_took_in_another_does_not_take_again(worker: Worker, inbox: Path) -> None:
    assert look_around(inbox, worker("one"), {YEAR.fund}).fund_years == (YEAR,)
    assert take(worker, "one", inbox) == ["refused", "accepted"]
    assert take(worker, "two", inbox) == []
    assert look_around(inbox, worker("three"), {YEAR.fund}).fund_years == ()


def test_answer_and_trail_are_found_by_others(worker: Worker, inbox: Path) -> None:
    take(worker, "one", inbox)
    two = worker("two")
    two.bring(two.root / "submissions", two.root / "feedback")
    recorded = read_submissions(two, YEAR)
    assert all((two.root / each.feedback).is_file() for each in recorded)
    assert [entry.event for entry in audit.read(two)] == ["submission.refused", "submission.accepted"]


def test_a_run_on_another_worker_reads_what_was_accepted_from_the_archive(
    worker: Worker, inbox: Path
) -> None:
    sha256 = file_sha256(inbox / str(YEAR) / "水利局" / "满意度问卷.csv")
    take(worker, "one", inbox)
    shutil.rmtree(inbox)
    context = RunContext(YEAR, inbox / str(YEAR), worker("two"), "run")
    with at_work(context):
        files, problems = files_to_read(context, load_contract("survey"))
        assert inbox_problems(context) == []
    assert problems == []
    assert [(file.name, file_sha256(file.path)) for file in files] == [("满意度问卷.csv", sha256)]


def test_what_was_announced_is_known_to_every_worker(worker: Worker, inbox: Path) -> None:
    take(worker, "one", inbox)
    (news,) = unannounced(worker("one"), YEAR)
    mark_announced(worker("one"), YEAR, news.number)
    take(worker, "two", inbox)
    assert unannounced(worker("two"), YEAR) == []


def test_the_ledger_is_listed_by_its_address(
    worker: Worker, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(worker, "one", inbox)
    store = worker("one").store
    assert store is not None
    monkeypatch.setenv("FUNDEVAL_MIRROR", str(tmp_path / "operator"))
    asked = ["submissions", "--fund", YEAR.fund, "--year", str(YEAR.year), "--out", store.url, "--json"]
    listed = json.loads(CliRunner().invoke(main, asked, catch_exceptions=False).stdout)
    assert [each["outcome"] for each in listed] == ["refused", "accepted"]
