"""The commands on releases: list, compare, verify, withdraw, explain, and the scan of any folder."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from fundeval.cli import main
from fundeval.core import audit
from fundeval.core.rooms import Rooms
from fundeval.release.publish import publish
from release.invented import FUND_YEAR, make_draft
from release.test_publish import bytes_of, corrected_tables

YEAR = ["--fund", FUND_YEAR.fund, "--year", str(FUND_YEAR.year)]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage root with a release and its correction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNDEVAL_FUNDS", str(Path(__file__).with_name("funds")))
        root = tmp_path_factory.mktemp("published")
        publish(make_draft(root, "first"))
        publish(make_draft(root, "second", corrected_tables()))
    return root


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def release(root: Path, version: int) -> Path:
    return root / "releases" / FUND_YEAR.fund / str(FUND_YEAR.year) / f"v{version}"


@pytest.mark.parametrize("command", ["releases", "diff", "verify", "withdraw", "explain", "scan"])
def test_help_is_chinese(command: str) -> None:
    asked = main.commands[command]
    helps = [asked.help, *(option.help for option in asked.params if isinstance(option, click.Option))]
    assert len(helps) > 2
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text or "") for text in helps)


def test_releases_lists_every_version_and_what_was_withdrawn(published: Path) -> None:
    listed = call("releases", *YEAR, "--out", published)
    assert listed.exit_code == 0
    assert [line.partition(",")[0] for line in listed.output.splitlines()] == [
        "green-river 2031 年度 第 1 版",
        "green-river 2031 年度 第 2 版",
    ]
    every = json.loads(call("releases", "--out", published, "--json").output)
    assert [(one["version"], one["run_id"], one["withdrawn"]) for one in every] == [
        (1, "first", None),
        (2, "second", None),
    ]


def test_a_fund_without_a_year_is_refused(published: Path) -> None:
    said = call("releases", "--fund", FUND_YEAR.fund, "--out", published)
    assert said.exit_code == 2
    assert "必须同时给出" in said.output


def test_diff_tells_files_metrics_and_rows(published: Path) -> None:
    said = call("diff", *YEAR, "--out", published, "1", "2")
    assert said.exit_code == 0
    for expected in (
        "《计划.xlsx》已更换",
        "累计支付由1200000.00元更正为1199000.00元",
        "分月支付:修改1行",
        "[修改] months 2031-01 paid:100000.00 → 99000.00",
    ):
        assert expected in said.output
    content = json.loads(call("diff", *YEAR, "--out", published, "1", "2", "--json").output)
    assert content["metrics"][0]["key"] == "paid"
    assert "没有变化" in call("diff", *YEAR, "--out", published, "1", "1").output


def test_diff_with_a_version_there_is_not_says_so(published: Path) -> None:
    said = call("diff", *YEAR, "--out", published, "1", "9")
    assert said.exit_code == 1
    assert "没有第 9 版" in said.output


def test_verify_passes_and_then_names_the_file_that_changed(tmp_path: Path) -> None:
    publish(make_draft(tmp_path, "first"))
    assert call("verify", "--out", tmp_path).exit_code == 0
    months = release(tmp_path, 1) / "dataset" / "months.csv"
    months.chmod(0o644)
    months.write_bytes(months.read_bytes().replace(b"100000.00", b"100000.01", 1))
    private = next((tmp_path / "releases-private").rglob("rows.parquet"))
    private.chmod(0o600)
    private.write_bytes(b"")
    said = call("verify", *YEAR, "--out", tmp_path)
    assert said.exit_code == 1
    assert "第 1 版:文件“dataset/months.csv”与发布时不一致。" in said.output
    assert "第 1 版:非公开部分的“rows.parquet”缺失或与发布时不一致。" in said.output
    told = json.loads(call("verify", "--out", tmp_path, "--json").output)
    assert (told["ok"], told["releases"], len(told["problems"])) == (False, 1, 2)


def test_withdraw_marks_keeps_every_byte_and_enters_the_trail(tmp_path: Path) -> None:
    publish(make_draft(tmp_path, "first"))
    before = bytes_of(release(tmp_path, 1))
    said = call("withdraw", *YEAR, "--out", tmp_path, "1", "--reason", "凭证有误", "--by", "王某")
    assert said.exit_code == 0
    assert bytes_of(release(tmp_path, 1)) == before
    assert "已撤回:凭证有误" in call("releases", "--out", tmp_path).output
    last = audit.read(Rooms(tmp_path))[-1]
    assert (last.event, last.who, last.detail) == (
        "release.withdrawn",
        "王某",
        {"version": 1, "reason": "凭证有误"},
    )
    again = call("withdraw", *YEAR, "--out", tmp_path, "1", "--reason", "再次", "--by", "王某")
    assert (again.exit_code, "已经撤回过" in again.output) == (1, True)
    assert call("verify", "--out", tmp_path).exit_code == 0


def test_explain_prints_formula_fraction_and_rows(published: Path) -> None:
    said = call("explain", "--release", release(published, 1), "execution_rate")
    assert said.exit_code == 0
    assert said.output.splitlines() == [
        "预算执行率(execution_rate)",
        "  算法:预算执行率：累计支付除以累计下达。",
        "  数值:75.00%",
        "  分子:1200000  分母:1600000",
        "  分子:累计支付 1200000,来源 2 行",
        "    《f.xlsx》第 9—10 行",
        "    涉密项目的行只列在发布成果的非公开部分。",
        "  分母:累计下达 1600000,来源 2 行",
        "    《f.xlsx》第 9—10 行",
        "    涉密项目的行只列在发布成果的非公开部分。",
    ]
    private = json.loads(
        call("explain", "--release", release(published, 1), "paid", "--private", "--json").output
    )
    assert private[0]["parts"][0]["rows_in_all"] == 4
    unknown = call("explain", "--release", release(published, 1), "LH31-Z01")
    assert (unknown.exit_code, "没有“LH31-Z01”" in unknown.output) == (1, True)


def test_scan_finds_the_place_and_never_repeats_the_name(tmp_path: Path) -> None:
    folder, names = tmp_path / "folder", tmp_path / "names.txt"
    folder.mkdir()
    names.write_text("赤松山岭光缆复线\n", "utf-8")
    (folder / "a.txt").write_text("一切正常", "utf-8")
    assert call("scan", folder, "--names", names).exit_code == 0
    (folder / "b.txt").write_text("含赤 松 山 嶺 光纜復線", "utf-8")
    said = call("scan", folder, "--names", names)
    assert said.exit_code == 1
    assert "folder › b.txt:名单所列内容(名单第 1 行)" in said.output
    assert "赤松" not in said.output
    told = json.loads(call("scan", folder, "--names", names, "--json").output)
    assert (told["clean"], len(told["hits"])) == (False, 1)


def test_scan_with_an_empty_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("", "utf-8")
    said = call("scan", tmp_path, "--names", tmp_path / "names.txt")
    assert (said.exit_code, "是空的" in said.output) == (1, True)
