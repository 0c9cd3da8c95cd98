"""Two at the same moment: numbers of releases, entries of the trail and records of the ledger are each taken once."""

from __future__ import annotations

import gc
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from fundeval.core import audit
from fundeval.core.context import RunContext
from fundeval.core.errors import ReleaseError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.release import claim
from fundeval.release.evidence.halves import verify_private_half
from fundeval.release.publish import publish
from fundeval.release.trail import verify_trail
from fundeval.release.versions import Release, releases_of, verify_chain
from fundeval.sources.submissions import Received, read_submissions, record
from fundeval.storage.objects import Objects
from fundeval.storage.work import push
from release import invented
from release.invented import FUND_YEAR, make_draft
from support.object_store import ObjectStore, Worker, workers

YEAR = FundYear("green-river", 2031)


class WorkerDied(BaseException):
    """Stands for SIGKILL: nothing of the program may hold it up."""


@pytest.fixture(autouse=True)
def invented_fund(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(Path(invented.__file__).with_name("funds")))


def draft_of(worker: Worker, run_id: str) -> RunContext:
    """Return a run with a draft on a worker of the run's own, as the tasks before have sent it."""
    rooms = worker(run_id)
    context = replace(make_draft(rooms.root, run_id), rooms=rooms)
    push(rooms, context.run.path)
    return context


def published_by(url: str, folder: Path, run_id: str) -> int:
    """Publish a draft of its own in a process of its own; return the number it got."""
    version: int = publish(draft_of(workers(url, folder), run_id))["version"]
    return version


@pytest.fixture
def dead(store: ObjectStore, tmp_path: Path) -> str:
    """A storage root in which the publisher of run ``one`` has died before release.json; its address."""
    url = store.new_root()
    context = draft_of(workers(url, tmp_path), "one")
    create = Objects.create

    def dying(self: Objects, name: str, content: bytes) -> bool:
        if name.endswith("/release.json"):
            raise WorkerDied
        return create(self, name, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Objects, "create", dying)
        with pytest.raises(WorkerDied):
            publish(context)
    return url


@pytest.mark.servers
def test_a_cleared_publisher_and_another_at_once_get_a_number_each_and_both_releases_are_whole(
    dead: str, serving: None, tmp_path: Path
) -> None:
    looker = workers(dead, tmp_path)("looker")
    looker.bring(looker.root / "releases")
    # What was sent before the death is seen by nobody.
    assert releases_of(looker, FUND_YEAR) == []
    # What the tests before have left uncollected must not be collected in a child: DuckDB waits for threads it lacks.
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork"), initializer=gc.freeze) as pool:
        versions = list(pool.map(partial(published_by, dead, tmp_path / "empty"), ("one", "two")))
    # The cleared run has the number it had claimed, however much sooner the other came.
    assert versions == [1, 2]
    looker.bring(looker.root / "releases", looker.root / "releases-private")
    found = releases_of(looker, FUND_YEAR)
    assert [release.version for release in found] == [1, 2]
    assert verify_chain(looker, FUND_YEAR) == []
    assert [fault for release in found for fault in verify_private_half(release)] == []
    assert verify_trail(looker) == []


def test_a_number_whose_run_has_not_published_is_not_passed_over(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "WAIT_SECONDS", 0.0)
    rooms = worker("late")
    rooms.create(rooms.root / "claims" / str(FUND_YEAR) / "v1.json", b'{"run_id": "dead"}')
    late = RunContext(FUND_YEAR, tmp_path, rooms, "late")
    with pytest.raises(ReleaseError, match="第 1 版的版本号已由另一个运行占用"):
        claim.appear_in_store(late, tmp_path, Release(rooms.releases(FUND_YEAR) / "v1", 1))


def test_every_entry_of_the_trail_is_there_however_many_write_at_once(worker: Worker) -> None:
    def write(name: str) -> None:
        for number in range(4):
            audit.append(worker(name), "submission.accepted", name, YEAR, {"number": number})

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, ("甲", "乙", "丙")))
    entries = audit.read(worker("looker"))
    assert [entry.number for entry in entries] == list(range(1, 13))
    assert {(entry.who, entry.detail["number"]) for entry in entries} == {
        (name, number) for name in "甲乙丙" for number in range(4)
    }
    assert audit.verify(worker("looker")) == []


def test_a_trail_of_a_folder_moved_line_by_line_is_sound(
    worker: Worker, store: ObjectStore, tmp_path: Path
) -> None:
    folder, rooms = Rooms(tmp_path / "folder"), worker("one")
    for number in range(2):
        audit.append(folder, "submission.accepted", "甲", YEAR, {"number": number})
    assert rooms.store is not None
    for number, line in enumerate(audit.trail_path(folder).read_bytes().splitlines(), 1):
        path = f"{rooms.store.url.removeprefix('s3://')}/audit/{number:012}.json"
        store.files().pipe_file(path, line)
    assert audit.append(rooms, "submission.accepted", "甲", YEAR, {"number": 2}).number == 3
    assert audit.verify(rooms) == []


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (lambda files, path: files.pipe_file(path, files.cat_file(path).replace(b"\xe7\x94\xb2", b"\xe4\xb9\x99")),
         "第2条记录的内容被改动"),
        (lambda files, path: files.rm_file(path), "第2条记录不完整"),
    ],
    ids=["edited", "taken out"],
)  # fmt: skip
def test_an_entry_changed_in_the_store_is_told(
    worker: Worker, store: ObjectStore, tamper: object, says: str
) -> None:
    rooms = worker("one")
    for number in range(3):
        audit.append(rooms, "submission.accepted", "甲", YEAR, {"number": number})
    assert rooms.store is not None
    path = f"{rooms.store.url.removeprefix('s3://')}/audit/000000000002.json"
    tamper(store.files(), path)  # type: ignore[operator]
    assert any(says in fault for fault in audit.verify(rooms))


def test_two_who_take_in_files_at_once_get_a_number_each(worker: Worker, tmp_path: Path) -> None:
    def take(name: str) -> int:
        received = Received(f"{name}.csv", name, name, "survey", name * 64, 1, 1)
        return record(worker(name), YEAR, received, []).number

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, "ab")) == [1, 2]
    looker = worker("looker")
    looker.bring(looker.root / "submissions")
    assert [each.received.office for each in read_submissions(looker, YEAR)] in (["a", "b"], ["b", "a"])
