"""The ledger of submissions: what was received, what stands, what a run then reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundeval.core import audit
from fundeval.core.context import RunContext
from fundeval.core.errors import Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.sources.contract import load_contract
from fundeval.sources.inbox import folder_problems, list_inbox
from fundeval.sources.selection import (
    files_to_read,
    inbox_problems,
    ingest_inputs,
    missing_months,
    source_file,
)
from fundeval.sources.submissions import (
    Received,
    Submission,
    read_submissions,
    record,
    standing,
    superseded_by,
)

FUND_YEAR = FundYear("sample-fund", 2031)
CRITICAL = Problem(file="x", message="不能用。")
WARNING = Problem(file="x", message="请核对。", severity="warning")


class Office:
    """An inbox and a storage root, and what is taken in from one into the other."""

    def __init__(self, root: Path) -> None:
        self.inbox = root / "inbox"
        self.inbox.mkdir()
        self.rooms = Rooms(root / "storage")

    def puts(self, name: str, content: str = "内容", office: str = "") -> Path:
        path = self.inbox / office / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    def sends(
        self, name: str, kind: str, *problems: Problem, content: str = "内容", office: str = ""
    ) -> Submission:
        path = self.puts(name, content, office)
        sha256, _ = self.rooms.archive(path)
        status = path.stat()
        received = Received(
            name, office, office or "管理员", kind, sha256, status.st_size, status.st_mtime_ns
        )
        return record(self.rooms, FUND_YEAR, received, problems)

    def chosen(self, kind: str) -> tuple[list[tuple[str, str]], list[str]]:
        """Names and contents a run would read, and the codes of what stands in the way."""
        files, problems = files_to_read(self.context, load_contract(kind))
        return [(file.name, file.path.read_text(encoding="utf-8")) for file in files], [
            problem.code for problem in problems
        ]

    @property
    def context(self) -> RunContext:
        return RunContext(FUND_YEAR, self.inbox, self.rooms, "test")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_record_says_who_sent_what_when_and_what_came_of_it(office: Office) -> None:
    office.sends("问卷.csv", "survey", WARNING, office="市甲局")
    (kept,) = read_submissions(office.rooms, FUND_YEAR)
    assert kept.number == 1
    assert kept.received_at.endswith("+00:00")
    assert (kept.received.who, kept.received.office, kept.received.kind) == ("市甲局", "市甲局", "survey")
    assert kept.received.sha256 == file_sha256(office.inbox / "市甲局" / "问卷.csv")
    assert kept.outcome == "accepted"
    assert kept.problems == (WARNING,)
    assert office.rooms.archived(kept.received.sha256).is_file()


def test_every_record_goes_into_the_audit_trail_without_values_of_cells(office: Office) -> None:
    secret = Problem(file="x", value="6222", message="不是金额。")
    office.sends("问卷.csv", "survey", WARNING)
    office.sends("问卷.csv", "survey", secret)
    entries = audit.read(office.rooms, FUND_YEAR)
    assert [entry.event for entry in entries] == ["submission.accepted", "submission.refused"]
    assert entries[1].detail["problems"] == {"critical": 1, "warning": 0, "info": 0}
    assert "6222" not in str(entries)
    assert audit.verify(office.rooms) == []


def test_a_newer_accepted_file_supersedes_the_older_of_its_kind_and_no_other(office: Office) -> None:
    office.sends("问卷.csv", "survey")
    office.sends("电子卖场订单.csv", "emall_orders")
    office.sends("问卷(更新).csv", "survey", content="新内容")
    kept = read_submissions(office.rooms, FUND_YEAR)
    assert superseded_by(kept) == {1: 3}
    assert [each.number for each in standing(kept, "survey")] == [3]
    assert [each.number for each in standing(kept, "emall_orders")] == [2]


def test_a_refused_file_displaces_nothing(office: Office) -> None:
    office.sends("问卷.csv", "survey", content="好")
    office.sends("问卷.csv", "survey", CRITICAL, content="坏")
    kept = read_submissions(office.rooms, FUND_YEAR)
    assert kept[1].outcome == "refused"
    assert [each.number for each in standing(kept, "survey")] == [1]


def test_another_fund_year_has_a_ledger_of_its_own(office: Office) -> None:
    office.sends("问卷.csv", "survey")
    assert read_submissions(office.rooms, FundYear("sample-fund", 2032)) == []
    assert read_submissions(office.rooms, FundYear("another-fund", 2031)) == []


def test_records_of_two_processes_never_share_a_number(office: Office) -> None:
    from concurrent.futures import ThreadPoolExecutor

    received = Received("问卷.csv", "", "管理员", "survey", "0" * 64, 1, 1)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: record(office.rooms, FUND_YEAR, received, ()), range(16)))
    assert sorted(each.number for each in made) == list(range(1, 17))
    assert len(read_submissions(office.rooms, FUND_YEAR)) == 16


def test_without_a_ledger_two_files_of_a_kind_are_refused(office: Office) -> None:
    office.puts("问卷.csv")
    office.puts("问卷2.csv", office="市甲局")
    assert office.chosen("survey") == ([], ["duplicate_kind", "duplicate_kind"])


def test_with_a_ledger_the_accepted_newest_is_read(office: Office) -> None:
    office.sends("问卷.csv", "survey", content="一")
    office.sends("问卷(更新).csv", "survey", content="二")
    office.sends("问卷(又更新).csv", "survey", CRITICAL, content="三")
    assert office.chosen("survey") == ([("问卷(更新).csv", "二")], [])


def test_a_refused_file_of_the_same_name_leaves_the_accepted_one_in_use(office: Office) -> None:
    office.sends("问卷.csv", "survey", content="好")
    office.sends("问卷.csv", "survey", CRITICAL, content="坏")
    assert office.chosen("survey") == ([("问卷.csv", "好")], [])


def test_an_accepted_file_is_read_from_the_archive_after_it_left_the_inbox(office: Office) -> None:
    office.sends("问卷.csv", "survey", content="好")
    (office.inbox / "问卷.csv").unlink()
    assert office.chosen("survey") == ([("问卷.csv", "好")], [])


def test_a_file_nobody_has_looked_at_yet_is_the_newest(office: Office) -> None:
    office.sends("问卷.csv", "survey", content="旧")
    office.puts("问卷.csv", "新")
    assert office.chosen("survey") == ([("问卷.csv", "新")], [])


def test_a_kind_whose_only_file_was_refused_is_missing_and_says_so(office: Office) -> None:
    office.sends("问卷.csv", "survey", CRITICAL)
    files, (problem,) = files_to_read(office.context, load_contract("survey"))
    assert files == []
    assert problem.code == "missing_file"
    assert "退回" in problem.message
    assert "问卷.csv" in problem.message


def test_months_are_read_together_and_a_wider_file_takes_their_place(office: Office) -> None:
    office.sends("国库集中支付明细-1月.csv", "treasury_payments")
    office.sends("国库集中支付明细-2月.csv", "treasury_payments")
    assert [name for name, _ in office.chosen("treasury_payments")[0]] == [
        "国库集中支付明细-1月.csv",
        "国库集中支付明细-2月.csv",
    ]
    office.sends("国库集中支付明细-2月.csv", "treasury_payments", content="更正")
    assert [text for _, text in office.chosen("treasury_payments")[0]] == ["内容", "更正"]
    office.sends("国库集中支付明细1-3月.csv", "treasury_payments", content="季度")
    assert [text for _, text in office.chosen("treasury_payments")[0]] == ["季度"]
    office.sends("国库集中支付明细.csv", "treasury_payments", content="全年")
    assert [text for _, text in office.chosen("treasury_payments")[0]] == ["全年"]


def test_without_a_ledger_months_are_told_by_their_names_alone(office: Office) -> None:
    office.puts("国库集中支付明细-2月.csv")
    office.puts("国库集中支付明细-1月.csv")
    assert [name for name, _ in office.chosen("treasury_payments")[0]] == [
        "国库集中支付明细-1月.csv",
        "国库集中支付明细-2月.csv",
    ]
    office.puts("国库集中支付明细.csv")  # says nothing: the whole, or one more part?
    assert office.chosen("treasury_payments") == ([], ["duplicate_kind"] * 3)


def test_two_files_of_the_same_month_cannot_both_be_true(office: Office) -> None:
    office.puts("国库集中支付明细-1月.csv")
    office.puts("国库集中支付明细-202201.csv")
    assert office.chosen("treasury_payments") == ([], ["duplicate_kind"] * 2)


def test_a_kind_that_comes_whole_does_not_become_an_increment_by_its_name(office: Office) -> None:
    office.puts("问卷-1月.csv")
    office.puts("问卷-2月.csv")
    assert office.chosen("survey") == ([], ["duplicate_kind"] * 2)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["国库集中支付明细.csv"], None),
        (["国库集中支付明细1-12月.csv"], None),
        (["国库集中支付明细上半年.csv", "国库集中支付明细下半年.csv"], None),
        (["国库集中支付明细1-10月.csv", "国库集中支付明细12月.csv"], "缺少11月"),
    ],
)
def test_months_nobody_sent_are_warned_of(names: list[str], missing: str | None) -> None:
    files = [source_file(Path(name), "treasury_payments") for name in names]
    problems = missing_months(load_contract("treasury_payments"), files)
    assert [problem.severity for problem in problems] == (["warning"] if missing else [])
    assert all(missing in problem.message for problem in problems if missing)


def test_a_file_of_no_kind_stops_a_run_until_its_office_has_been_told(office: Office) -> None:
    office.puts("通讯录.csv")
    assert [problem.code for problem in inbox_problems(office.context)] == ["unknown_kind"]
    office.sends("通讯录.csv", "", CRITICAL)
    assert inbox_problems(office.context) == []


def test_links_and_unfinished_transfers_are_no_files(office: Office, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text("x")
    (office.inbox / "问卷.csv").symlink_to(tmp_path / "elsewhere.csv")
    (office.inbox / "市甲局").symlink_to(tmp_path)
    office.puts("电子卖场订单.csv.part")
    office.puts("~$指标下达情况.xlsx")
    assert list_inbox(office.inbox) == []
    assert [problem.code for problem in folder_problems(office.inbox)] == ["link_not_read", "link_not_read"]


def test_what_an_ingest_would_read_is_told_by_hashes(office: Office) -> None:
    office.puts("国库集中支付明细-1月.csv", "一")
    before = ingest_inputs(office.context, "treasury_payments")
    assert list(before) == ["国库集中支付明细-1月.csv"]
    office.puts("国库集中支付明细-2月.csv", "二")
    office.puts("单元格更正.csv", "三")
    after = ingest_inputs(office.context, "treasury_payments")
    assert set(after) - set(before) == {"国库集中支付明细-2月.csv", "单元格更正.csv"}
