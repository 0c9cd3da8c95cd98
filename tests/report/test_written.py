"""Texts of the working paper find their places in the report; what cannot be placed is told with its cell."""

from __future__ import annotations

import datetime as dt

import pytest

from fundeval.core.errors import InputError
from fundeval.report.notes import Titled
from fundeval.report.problems import problem_wording
from fundeval.report.written import written_texts
from fundeval.sources.contract import load_contract


def row(section: str, body: str, *, group: str | None = None, title: str | None = None, at: int = 3) -> dict:
    return {
        "section": section, "problem_group": group, "text_title": title, "body": body,
        "source_file": "评价工作底稿.xlsx", "source_sha256": "0" * 64, "source_sheet": "文字材料", "source_row": at,
    }  # fmt: skip


def test_nothing_written_fills_nothing() -> None:
    assert written_texts([]) == {"experiences": (), "suggestions": (), "causes": {}}


def test_every_part_finds_its_place() -> None:
    texts = written_texts(
        [
            row("background", "为数据共享而设立。"),
            row("overall_goal", "三年建成。"),
            row("fieldwork", "次年三月进场。"),
            row("experience", "先论证后立项。", title="统筹安排"),
            row("suggestion", "提前储备项目。", title="建立项目库"),
            row("cause", "会商时间长。", group="preparation"),
            row("signed_on", "2032年4月20日"),
        ]
    )
    assert texts == {
        "background": "为数据共享而设立。",
        "overall_goal": "三年建成。",
        "fieldwork": "次年三月进场。",
        "experiences": (Titled(title="统筹安排", text="先论证后立项。"),),
        "suggestions": (Titled(title="建立项目库", text="提前储备项目。"),),
        "causes": {"preparation": "会商时间长。"},
        "signed_on": dt.date(2032, 4, 20),
    }


def test_rows_of_one_part_are_one_text_in_their_order() -> None:
    texts = written_texts(
        [
            row("background", "一。"),
            row("cause", "甲。", group="output"),
            row("background", "二。"),
            row("cause", "乙。", group="output"),
        ]
    )
    assert texts["background"] == "一。二。"
    assert texts["causes"] == {"output": "甲。乙。"}


def test_a_text_without_a_title_gets_one() -> None:
    assert [one.title for one in written_texts([row("experience", "甲")])["experiences"]] == ["做法"]
    several = written_texts([row("suggestion", "甲"), row("suggestion", "乙", title="盘活资金")])
    assert [one.title for one in several["suggestions"]] == ["建议1", "盘活资金"]


@pytest.mark.parametrize(
    "text", ["2032-04-20", "2032/4/20", "2032.4.20", "2032年4月20日", "2032-04-20 00:00:00"]
)
def test_a_date_is_read_however_it_is_written(text: str) -> None:
    assert written_texts([row("signed_on", text)])["signed_on"] == dt.date(2032, 4, 20)


def test_what_cannot_be_placed_is_told_at_once_with_its_cell() -> None:
    with pytest.raises(InputError) as caught:
        written_texts(
            [row("cause", "甲", at=4), row("signed_on", "2032年2月30日", at=5), row("signed_on", "春", at=6)]
        )
    assert [(one.row, one.column, one.value) for one in caught.value.problems] == [
        (4, "对应问题", ""),
        (5, "内容", "2032年2月30日"),
        (6, "内容", "春"),
    ]


def test_the_contract_knows_every_group_of_problems_by_the_name_the_report_gives_it() -> None:
    table = next(one for one in load_contract("working_paper").tables if one.name == "narratives")
    groups = next(column for column in table.columns if column.field == "problem_group").choices
    wording = problem_wording().groups
    assert list(groups) == list(wording)
    assert all(wording[name].problem_title in texts for name, texts in groups.items())
