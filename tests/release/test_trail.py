"""Every release is entered in the audit trail, and trail and releases are held against each other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from fundeval.cli import main
from fundeval.core import audit
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.release.publish import publish
from fundeval.release.trail import verify_trail
from release.invented import FUND_YEAR, make_draft


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    """A storage root with two releases."""
    for run in ("first", "second"):
        publish(make_draft(tmp_path, run))
    return Rooms(tmp_path)


def release(rooms: Rooms, version: int) -> Path:
    return rooms.releases(FUND_YEAR) / f"v{version}"


def trail_lines(rooms: Rooms) -> list[str]:
    return audit.trail_path(rooms).read_text("utf-8").splitlines(keepends=True)


def keep_lines(rooms: Rooms, lines: list[str]) -> None:
    audit.trail_path(rooms).write_text("".join(lines), "utf-8")


def test_each_release_is_entered_with_its_version_and_the_hash_of_its_record(rooms: Rooms) -> None:
    entered = [entry for entry in audit.read(rooms, FUND_YEAR) if entry.event == "release.published"]
    assert [(entry.detail["version"], entry.detail["release_sha256"]) for entry in entered] == [
        (version, file_sha256(release(rooms, version) / "release.json")) for version in (1, 2)
    ]


def test_a_run_that_died_before_the_entry_makes_it_when_it_is_cleared_and_only_once(tmp_path: Path) -> None:
    context = make_draft(tmp_path, "first")
    publish(context)
    rooms = Rooms(tmp_path)
    keep_lines(rooms, [])
    for _ in range(2):
        publish(context)
    assert [entry.detail["version"] for entry in audit.read(rooms)] == [1]
    assert verify_trail(rooms) == []


def test_sound_trail_and_releases_have_no_fault(rooms: Rooms) -> None:
    assert verify_trail(rooms) == []


def test_a_tail_cut_off_the_trail_is_told_by_the_release_it_entered(rooms: Rooms) -> None:
    keep_lines(rooms, trail_lines(rooms)[:-1])
    assert audit.verify(rooms) == []
    assert verify_trail(rooms) == ["green-river/2031 第2版没有在审计记录中登记。"]


def test_a_trail_that_is_gone_is_told_by_every_release(rooms: Rooms) -> None:
    audit.trail_path(rooms).unlink()
    assert len(verify_trail(rooms)) == 2


def test_a_release_that_is_gone_is_told_by_its_entry(rooms: Rooms) -> None:
    shutil.rmtree(release(rooms, 1))
    assert verify_trail(rooms) == ["green-river/2031 第1版在审计记录中有登记,但发布文件夹不存在。"]


def test_a_record_that_was_changed_is_told(rooms: Rooms) -> None:
    record = release(rooms, 2) / "release.json"
    content = json.loads(record.read_text("utf-8"))
    content["run_id"] = "another"
    record.chmod(0o644)
    record.write_text(json.dumps(content), "utf-8")
    assert verify_trail(rooms) == ["green-river/2031 第2版的 release.json 与审计记录中登记的不一致。"]


def test_a_record_that_is_gone_is_told(rooms: Rooms) -> None:
    (release(rooms, 2) / "release.json").unlink()
    assert verify_trail(rooms) == ["green-river/2031 第2版的 release.json 与审计记录中登记的不一致。"]


def test_an_entry_that_was_changed_breaks_the_chain_and_the_release(rooms: Rooms) -> None:
    lines = trail_lines(rooms)
    keep_lines(rooms, [lines[0].replace('"version":1', '"version":9'), lines[1]])
    faults = verify_trail(rooms)
    assert "第1条记录的内容被改动。" in faults
    assert "green-river/2031 第1版没有在审计记录中登记。" in faults
    assert "green-river/2031 第9版在审计记录中有登记,但发布文件夹不存在。" in faults


def test_the_command_ends_with_0_where_all_is_sound_else_with_1_and_every_fault(rooms: Rooms) -> None:
    command = ["audit", "verify", "--out", str(rooms.root)]
    sound = CliRunner().invoke(main, command)
    assert (sound.exit_code, "完好" in sound.output) == (0, True)

    shutil.rmtree(release(rooms, 1))
    broken = CliRunner().invoke(main, [*command, "--json"])
    assert broken.exit_code == 1
    assert json.loads(broken.output) == {"ok": False, "entries": 2, "faults": verify_trail(rooms)}


def test_the_command_lists_entries_of_one_fund_and_year(rooms: Rooms) -> None:
    command = ["audit", "list", "--out", str(rooms.root), "--json"]
    listed = json.loads(CliRunner().invoke(main, [*command, "--fund", "green-river"]).output)
    assert [(entry["event"], entry["year"]) for entry in listed] == [("release.published", 2031)] * 2
    assert json.loads(CliRunner().invoke(main, [*command, "--year", "1999"]).output) == []
    assert "发布" in CliRunner().invoke(main, command[:-1]).output
