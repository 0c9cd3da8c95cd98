"""A look at the inbox: new files are archived, checked, answered and entered; nothing is taken in twice or half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from fundeval.core.errors import Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.sources import intake
from fundeval.sources.intake import Look, look_around, take_in
from fundeval.sources.selection import SourceFile
from fundeval.sources.submissions import mark_announced, read_submissions, unannounced
from sources.test_corrections import corrections

FUND_YEAR = FundYear("sample-fund", 2031)


class Checker:
    """Stands for the quality room: a file whose text says 坏 is wrong; remembers what it was given."""

    def __init__(self) -> None:
        self.seen: list[dict[str, list[str]]] = []

    def __call__(self, by_kind: Mapping[str, Sequence[SourceFile]], fund_year: FundYear) -> list[Problem]:
        self.seen.append({kind: [file.name for file in files] for kind, files in by_kind.items()})
        texts = [
            (file.name, file.path.read_text(encoding="utf-8")) for files in by_kind.values() for file in files
        ]
        return [
            Problem(file=name, row=1, message="坏。", remedy="请改好。")
            for name, text in texts
            if "坏" in text
        ]


class Office:
    def __init__(self, root: Path) -> None:
        self.folder = root / "inbox" / str(FUND_YEAR)
        self.folder.mkdir(parents=True)
        self.rooms = Rooms(root / "storage")
        self.check = Checker()

    def puts(self, name: str, text: str = "好", office: str = "") -> Path:
        path = self.folder / office / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def looks(self) -> Look:
        return take_in(self.folder, self.rooms, FUND_YEAR, self.check, settle_seconds=0)

    def outcomes(self) -> list[tuple[str, str]]:
        return [(each.received.file, each.outcome) for each in self.looks().taken]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_what_is_new_is_taken_in_and_nothing_twice(office: Office) -> None:
    office.puts("问卷.csv")
    office.puts("电子卖场订单.csv", "坏")
    assert office.outcomes() == [("电子卖场订单.csv", "refused"), ("问卷.csv", "accepted")]
    assert office.outcomes() == []
    office.puts("电子卖场订单.csv", "好了")
    assert office.outcomes() == [("电子卖场订单.csv", "accepted")]


def test_bytes_are_archived_and_the_office_is_known_by_its_folder(office: Office) -> None:
    path = office.puts("问卷.csv", office="市甲局")
    (taken,) = office.looks().taken
    assert (taken.received.office, taken.received.who) == ("市甲局", "市甲局")
    assert office.rooms.archived(file_sha256(path)).read_bytes() == path.read_bytes()


def test_outside_of_an_office_s_folder_the_owner_of_the_file_sent_it(office: Office) -> None:
    path = office.puts("问卷.csv")
    (taken,) = office.looks().taken
    assert taken.received.who == path.owner()


def test_the_answer_lies_where_the_office_finds_it(office: Office) -> None:
    office.puts("问卷.csv", "坏", office="市甲局")
    (taken,) = office.looks().taken
    answer = office.rooms.root / taken.feedback
    assert answer.parent == office.rooms.root / "feedback" / "sample-fund" / "2031" / "市甲局"
    book = openpyxl.load_workbook(answer)
    assert book["问题清单"]["G2"].value == "坏。"


def test_a_file_is_checked_beside_what_stands_of_the_plan_and_of_its_own_kind(office: Office) -> None:
    office.puts("预算批复及建设计划.csv")
    office.puts("国库集中支付明细-1月.csv")
    office.puts("国库集中支付明细-2月.csv")
    office.looks()
    assert office.check.seen == [
        {"budget_plan": ["预算批复及建设计划.csv"]},
        {"budget_plan": ["预算批复及建设计划.csv"], "treasury_payments": ["国库集中支付明细-1月.csv"]},
        {
            "budget_plan": ["预算批复及建设计划.csv"],
            "treasury_payments": ["国库集中支付明细-1月.csv", "国库集中支付明细-2月.csv"],
        },
    ]


def test_a_file_of_no_kind_is_refused_with_what_to_do(office: Office) -> None:
    office.puts("通讯录.csv")
    (taken,) = office.looks().taken
    assert (taken.outcome, taken.received.kind, taken.problems[0].code) == ("refused", "", "unknown_kind")


def test_a_file_that_changes_is_left_for_the_next_look(office: Office, monkeypatch) -> None:
    path = office.puts("问卷.csv", "一半")
    office.puts("电子卖场订单.csv")
    monkeypatch.setattr(intake.time, "sleep", lambda seconds: path.write_text("一半加一半", encoding="utf-8"))
    look = office.looks()
    assert [each.received.file for each in look.taken] == ["电子卖场订单.csv"]
    assert look.unfinished == ("问卷.csv",)
    monkeypatch.setattr(intake.time, "sleep", lambda seconds: None)
    assert office.outcomes() == [("问卷.csv", "accepted")]


def test_a_file_that_changes_while_it_is_archived_is_left_too(office: Office, monkeypatch) -> None:
    path = office.puts("问卷.csv", "一半")
    archive = Rooms.archive

    def slow(rooms: Rooms, source: Path) -> tuple[str, Path]:
        kept = archive(rooms, source)
        path.write_text("一半加一半", encoding="utf-8")
        return kept

    monkeypatch.setattr(Rooms, "archive", slow)
    assert office.looks().taken == ()
    monkeypatch.undo()
    assert office.outcomes() == [("问卷.csv", "accepted")]


def test_a_defect_of_the_program_holds_up_no_other_file(office: Office) -> None:
    office.puts("电子卖场订单.csv")
    office.puts("问卷.csv")
    check = office.check

    def defective(by_kind, fund_year):
        if "emall_orders" in by_kind:
            raise ValueError("could not convert '绝密工程'")
        return check(by_kind, fund_year)

    office.check = defective
    assert office.outcomes() == [("电子卖场订单.csv", "refused"), ("问卷.csv", "accepted")]
    (told,) = read_submissions(office.rooms, FUND_YEAR)[0].problems
    assert told.code == "program_fault"
    assert "绝密" not in str(told)
    (kept,) = (office.rooms.root / "submissions").rglob("faults/*.txt")
    assert "绝密工程" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_new_plan_gives_refused_files_another_look(office: Office) -> None:
    office.puts("问卷.csv", "坏")
    office.looks()
    office.puts("预算批复及建设计划.csv")
    assert office.outcomes() == [("预算批复及建设计划.csv", "accepted"), ("问卷.csv", "refused")]
    assert office.outcomes() == []


def test_a_list_of_corrections_is_held_against_the_files_it_is_about(office: Office, tmp_path: Path) -> None:
    sent = office.puts("电子卖场订单.csv", "订单编号,下单日期\nD1,2031-06-17\n")
    office.looks()
    right = (sent, "", 2, "B", "2031-06-17", "2031-06-18")
    corrections(office.folder / "单元格更正1.csv", right)
    assert office.outcomes() == [("单元格更正1.csv", "accepted")]
    corrections(office.folder / "单元格更正2.csv", right, ("f" * 64, "", 2, "B", "1", "2"))
    (taken,) = office.looks().taken
    assert taken.outcome == "refused"
    assert [(p.row, p.code) for p in taken.problems] == [(2, "old_value_differs"), (3, "unknown_file")]


def test_what_was_accepted_is_announced_once(office: Office) -> None:
    office.puts("问卷.csv")
    office.puts("电子卖场订单.csv", "坏")
    office.looks()
    news = unannounced(office.rooms, FUND_YEAR)
    assert [each.received.kind for each in news] == ["survey"]
    mark_announced(office.rooms, FUND_YEAR, news[-1].number)
    assert unannounced(office.rooms, FUND_YEAR) == []
    assert len(read_submissions(office.rooms, FUND_YEAR)) == 2


def test_the_inbox_is_searched_for_fund_years_with_something_new(office: Office, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    elsewhere = ("unknown-fund/2031/问卷.csv", "sample-fund/问卷.csv", "sample-fund/去年/x.csv")
    for path in ("sample-fund/2030/问卷.csv", *elsewhere):
        (inbox / path).parent.mkdir(parents=True, exist_ok=True)
        (inbox / path).write_text("好", encoding="utf-8")
    office.puts("问卷.csv")
    found = look_around(inbox, office.rooms, ["sample-fund"])
    assert found.fund_years == (FundYear("sample-fund", 2030), FUND_YEAR)
    assert set(found.misplaced) == set(elsewhere)
    office.looks()
    assert look_around(inbox, office.rooms, ["sample-fund"]).fund_years == (FundYear("sample-fund", 2030),)
