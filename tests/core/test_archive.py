"""What is archived lies under the sha256 of its bytes, and is gone through no oftener than it must be."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from fundeval.core import rooms
from fundeval.core.rooms import Rooms, steady_sha256


def sent(path: Path, content: bytes) -> Path:
    """Write a file nobody has touched for a while."""
    path.write_bytes(content)
    return path


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_SETTLED_NANOSECONDS", 0)
    monkeypatch.setattr(rooms, "_HASHED", {})


@pytest.mark.parametrize("size", [0, 1, rooms._COPIED_BYTES, 3 * rooms._COPIED_BYTES + 7])
def test_bytes_are_kept_under_their_hash(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    source, archive = sent(tmp_path / "a.csv", content), Rooms(tmp_path / "out")
    sha256, kept = archive.archive(source)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert kept.read_bytes() == content
    assert kept == archive.archived(sha256)
    assert [path.name for path in (tmp_path / "out" / "archive").rglob("*") if path.is_file()] == [sha256]


def test_what_is_archived_is_neither_hashed_nor_copied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, archive = sent(tmp_path / "a.csv", b"1"), Rooms(tmp_path / "out")
    first = archive.archive(source)
    monkeypatch.setattr(rooms, "_copy_hashed", lambda *_: pytest.fail("copied again"))
    monkeypatch.setattr(rooms, "file_sha256", lambda _: pytest.fail("hashed again"))
    assert archive.archive(source) == first
    assert steady_sha256(source) == first[0]


def test_a_file_written_to_is_hashed_anew_although_its_length_and_time_are_the_same(tmp_path: Path) -> None:
    source, archive = sent(tmp_path / "a.csv", b"1"), Rooms(tmp_path / "out")
    before = source.stat()
    first, _ = archive.archive(source)
    time.sleep(0.02)  # clocks of file systems tick a few times in a hundredth of a second
    source.write_bytes(b"2")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert steady_sha256(source) == hashlib.sha256(b"2").hexdigest()
    second, kept = archive.archive(source)
    assert second != first
    assert kept.read_bytes() == b"2"


def test_a_hash_is_not_kept_in_mind_of_a_file_written_to_just_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "_SETTLED_NANOSECONDS", 3_600_000_000_000)
    steady_sha256(sent(tmp_path / "a.csv", b"1"))
    assert rooms._HASHED == {}


def test_what_comes_from_the_archive_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Rooms(tmp_path / "out")
    first = archive.archive(sent(tmp_path / "a.csv", b"1"))
    rooms._HASHED.clear()
    monkeypatch.setattr(rooms, "_copy_hashed", lambda *_: pytest.fail("copied"))
    assert archive.archive(first[1]) == first
