"""What lies on a worker's disk is what the store holds, brought and sent once, and never trusted beyond its bytes."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pyarrow as pa

from fundeval.core import footprint
from fundeval.core.footprint import Footprint
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, RunFolder, file_sha256
from fundeval.storage.work import push
from support.object_store import ObjectStore, Worker

YEAR = FundYear("green-river", 2031)
SCORED = Footprint(reads=("marts/*",), writes=("scores/*",))


def run_of(rooms: Rooms) -> RunFolder:
    return rooms.run(YEAR, "run")


def brought(rooms: Rooms) -> RunFolder:
    run = run_of(rooms)
    rooms.bring(run.path)
    return run


def write(run: RunFolder, layer: str, value: int) -> None:
    run.write(layer, "t", pa.table({"value": [value]}))


def file_names(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix() for path in found}


def test_what_was_changed_made_and_removed_is_the_same_on_the_other_worker(worker: Worker) -> None:
    one, two = worker("one"), worker("two")
    write(run_of(one), "staging", 1)
    write(run_of(one), "marts", 1)
    push(one, run_of(one).path)
    assert file_names(brought(two).path) == {"staging/t.parquet", "marts/t.parquet"}
    run_of(one).drop("staging", "t")
    write(run_of(one), "marts", 2)
    write(run_of(one), "scores", 2)
    push(one, run_of(one).path)
    assert file_names(brought(two).path) == {"scores/t.parquet", "marts/t.parquet"}
    assert run_of(two).rows("marts", "t") == [{"value": 2}]


def test_what_has_not_changed_is_neither_sent_nor_brought_again(worker: Worker, store: ObjectStore) -> None:
    one, two = worker("one"), worker("two")
    write(run_of(one), "marts", 1)
    push(one, run_of(one).path)
    brought(two)
    with store.counted() as asked:
        push(one, run_of(one).path)
        brought(one)
        brought(two)
    assert [line for line in asked if "parquet" in line and "list-type" not in line] == []


def test_another_process_of_the_machine_finds_the_copies_it_needs(worker: Worker, store: ObjectStore) -> None:
    write(run_of(worker("one")), "marts", 1)
    push(worker("one"), run_of(worker("one")).path)
    brought(worker("two"))
    child = os.fork()
    if child == 0:
        # An engine among what the tests before have left would wait for threads the child lacks.
        gc.freeze()
        with store.counted():
            # A workspace of its own, and nothing of its parent's.
            fresh = worker("two")
            is_same = brought(fresh).rows("marts", "t") == [{"value": 1}]
            os._exit(0 if is_same and fresh.root != worker("one").root else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_work_done_elsewhere_is_known_by_its_record_without_being_read(worker: Worker) -> None:
    run = run_of(worker("one"))
    write(run, "marts", 1)
    write(run, "scores", 1)
    footprint.keep(run, "score", SCORED, footprint.inputs_of(run, SCORED), {})
    push(worker("one"), run.path)
    there = brought(worker("two"))
    record = footprint.read_record(there, "score")
    assert record is not None
    assert record.is_intact(there)
    kept = record.outputs["scores/t.parquet"]
    assert (there.path / "scores" / "t.parquet").stat().st_mtime_ns == kept.mtime_ns


def test_a_file_that_is_not_what_the_record_says_is_told_from_it(worker: Worker, store: ObjectStore) -> None:
    rooms = worker("one")
    run = run_of(rooms)
    write(run, "scores", 1)
    footprint.keep(run, "score", SCORED, {}, {})
    push(rooms, run.path)
    assert rooms.store is not None
    path = run.path / "scores" / "t.parquet"
    other = bytearray(path.read_bytes())
    other[10] ^= 1
    # Of the same length, put there past the program.
    store.files().pipe_file(f"{rooms.store.url.removeprefix('s3://')}/{rooms.name(path)}", bytes(other))
    for name in ("one", "two"):
        there = brought(worker(name))
        record = footprint.read_record(there, "score")
        assert record is not None
        assert not record.is_intact(there)


def test_what_says_that_work_is_done_is_sent_after_the_work(worker: Worker, store: ObjectStore) -> None:
    run = run_of(worker("one"))
    write(run, "scores", 1)
    footprint.keep(run, "score", SCORED, {}, {})
    (run.path / "run.json").write_text("{}", encoding="utf-8")
    with store.counted() as asked:
        push(worker("one"), run.path)
    put = [line for line in asked if '"PUT' in line and "/runs/" in line]
    assert [
        name in line for name, line in zip(("t.parquet", "score.json", "run.json"), put, strict=True)
    ] == [True] * 3


def test_what_is_half_written_is_never_sent(worker: Worker) -> None:
    run = run_of(worker("one"))
    write(run, "marts", 1)
    (run.path / ".spill").mkdir()
    (run.path / ".spill" / "x").touch()
    (run.path / "marts" / ".t.parquet.draft").touch()
    push(worker("one"), run.path)
    assert file_names(brought(worker("two")).path) == {"marts/t.parquet"}


def test_what_is_archived_on_one_worker_is_read_on_another(worker: Worker, tmp_path: Path) -> None:
    source = tmp_path / "明细.csv"
    source.write_text("金额\n1\n", encoding="utf-8")
    sha256, _ = worker("one").archive(source)
    two = worker("two")
    assert two.is_archived(sha256)
    assert file_sha256(two.archived(sha256)) == sha256
    assert not two.is_archived("0" * 64)
    assert not two.archived("0" * 64).is_file()
