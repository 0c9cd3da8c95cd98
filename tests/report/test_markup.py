"""The markup of the text templates: what becomes a heading, a paragraph, a table, and that values stay values."""

from __future__ import annotations

import pytest

from fundeval.core.errors import ConfigurationError
from fundeval.report.blocks import Column, Heading, Paragraph, Run, Table, Title, plain
from fundeval.report.cells import heads, label
from fundeval.report.markup import mark, parse
from fundeval.report.phrases import cite, or_missing, ordinal

TABLE = Table("money", (Column(1),), heads("列"), ((label("格"),),), caption="资金")


def blocks(text: str) -> list[tuple[str, str]]:
    made = parse(text, {"money": TABLE, "none": None}, {})
    return [
        (
            f"{type(block).__name__}{getattr(block, 'level', '')}",
            plain(block.runs) if hasattr(block, "runs") else "",
        )
        for block in made
    ]


def test_headings_are_numbered_by_level_and_start_again_under_a_new_one() -> None:
    text = "# 甲\n## 乙\n### 丙\n#### 丁\n#### 戊\n### 己\n## 庚\n### 辛\n# 壬\n## 癸"
    assert [shown for _, shown in blocks(text)] == [
        "一、甲", "\uff08一\uff09乙", "1.丙", "\uff081\uff09丁", "\uff082\uff09戊", "2.己",
        "\uff08二\uff09庚", "1.辛", "二、壬", "\uff08一\uff09癸",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")]
)
def test_chinese_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text


def test_lines_of_a_paragraph_are_joined_and_blank_lines_part_paragraphs() -> None:
    assert blocks("= 题\n\n一行,\n二行\n\n另段") == [
        ("Title", "题"), ("Paragraph", "一行\uff0c二行"), ("Paragraph", "另段"),
    ]  # fmt: skip


def test_a_value_is_never_read_as_markup() -> None:
    hostile = ["# 一级", "@table money", "- 列项", "= 题", "甲\n\n# 乙"]
    text = "\n\n".join(mark(value) for value in hostile)
    assert blocks(text) == [
        ("Paragraph", "# 一级"), ("Paragraph", "@table money"), ("Paragraph", "- 列项"), ("Paragraph", "= 题"),
        ("Paragraph", "甲 # 乙"),
    ]  # fmt: skip


def test_punctuation_of_own_words_is_widened_and_that_of_values_kept() -> None:
    (block,) = parse(f"项目{mark('平台(一期),B')},已完工", {}, {})
    assert isinstance(block, Paragraph)
    assert block.runs == (Run("项目"), Run("平台(一期),B"), Run("\uff0c已完工"))


def test_a_figure_keeps_its_evidence_and_a_gap_its_mark() -> None:
    (block,) = parse(f"支付{mark(cite('5', 'metric-paid'))}{mark(or_missing(None, '原因'))}", {}, {})
    assert isinstance(block, Paragraph)
    assert block.runs[1] == Run("5", "metric-paid")
    assert block.runs[2].missing
    assert "待评价人员补充" in block.runs[2].text


def test_tables_are_numbered_and_left_out_where_there_is_nothing_to_show() -> None:
    made = list(parse("@table money\n\n@table none\n\n@table money", {"money": TABLE, "none": None}, {}))
    assert [block.caption for block in made if isinstance(block, Table)] == ["表1 资金", "表2 资金"]


def test_a_value_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="not there"):
        mark(None)


@pytest.mark.parametrize("line", ["@table unknown", "@other", "##### 五级", "#无空格"])
def test_a_line_that_only_looks_like_markup_is_refused(line: str) -> None:
    with pytest.raises(ConfigurationError):
        list(parse(line, {}, {}))


def test_blocks_of_different_kinds_are_told_apart() -> None:
    title, heading, note = parse("= 题\n# 章\n> 注", {}, {})
    assert isinstance(title, Title)
    assert isinstance(heading, Heading)
    assert note == Paragraph((Run("注"),), "note")
