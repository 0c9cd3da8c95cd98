"""The audit trail shows every change to what was once written."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fundeval.core import audit
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms

YEAR = FundYear("sample-fund", 2031)


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    rooms = Rooms(tmp_path)
    for number in range(4):
        audit.append(rooms, "submission.accepted", "张三", YEAR, {"file": f"文件{number}.xlsx"})
    return rooms


def change(rooms: Rooms, edit: object) -> None:
    path = audit.trail_path(rooms)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{line}\n" for line in edit(lines)), encoding="utf-8")  # type: ignore[operator]


def edited(lines: list[str]) -> list[str]:
    content = json.loads(lines[1])
    content["who"] = "李四"
    return [lines[0], json.dumps(content), *lines[2:]]


def test_untouched_trail_is_sound(rooms: Rooms) -> None:
    assert audit.verify(rooms) == []


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (edited, "第2条记录的内容被改动"),
        (lambda lines: [lines[0], *lines[2:]], "第2条记录与前一条接不上"),
        (lambda lines: lines[1:], "第1条记录与前一条接不上"),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], "第2条记录与前一条接不上"),
        (lambda lines: [*lines[:3], lines[3][:20]], "第4条记录不完整"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], "第2条记录的序号是1"),
    ],
    ids=["edited", "taken out", "head cut off", "swapped", "cut short", "repeated"],
)
def test_tampering_is_told(rooms: Rooms, edit: object, says: str) -> None:
    change(rooms, edit)
    assert any(says in fault for fault in audit.verify(rooms))


def test_entries_go_on_after_a_line_cut_short_and_the_cut_stays_told(rooms: Rooms) -> None:
    path = audit.trail_path(rooms)
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    entry = audit.append(rooms, "release.published", "系统", YEAR, {"version": 1})
    assert audit.read(rooms)[-1] == entry
    assert audit.verify(rooms) == ["第4条记录不完整,无法读取。"]


def test_writers_at_once_make_one_chain(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: audit.append(rooms, "x.y", "甲", FundYear("f", 2000 + n), {}), range(40)))
    assert audit.verify(rooms) == []
    assert len(audit.read(rooms)) == 40
    assert [entry.year for entry in audit.read(rooms, FundYear("f", 2007))] == [2007]
