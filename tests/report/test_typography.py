"""Text is set as Chinese official text is: full-width punctuation, no characters a document may not carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundeval.report.typography import clean, prose, sentence, typeset


@pytest.mark.parametrize(
    ("half", "full"),
    [
        ("下达,支付", "下达\uff0c支付"),
        ("执行率85.4%,结转", "执行率85.4%\uff0c结转"),
        ("共1,234件", "共1,234件"),
        ("时间12:30到", "时间12:30到"),
        ("依据:《预算法》;", "依据\uff1a《预算法》\uff1b"),
        ("项目(一期)", "项目\uff08一期\uff09"),
        ("项目(2)", "项目\uff082\uff09"),
        ("f(x)=A<B", "f(x)=A<B"),
        ("外层(内(一)层)", "外层\uff08内\uff08一\uff09层\uff09"),
        ("没有配对)的", "没有配对)的"),
    ],
)
def test_punctuation_in_chinese_text_is_widened_and_elsewhere_kept(half: str, full: str) -> None:
    assert typeset(half) == full


@given(st.text())
def test_typesetting_never_changes_the_length_and_is_done_once(text: str) -> None:
    assert len(typeset(text)) == len(text)
    assert typeset(typeset(text)) == typeset(text)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("零\u200b宽", "零宽"),
        ("响\x07铃", "响铃"),
        (" 两行\r\n文字\t ", "两行 文字"),
        ("\ufdd0伪标记\ufdd2", "伪标记"),
        ("\ud800半个字符", "半个字符"),
    ],
)
def test_characters_no_document_may_carry_are_dropped(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_dates_of_the_dataset_become_chinese_dates() -> None:
    assert prose("2030-02-01发出") == "2030年2月1日发出"
    assert prose("编号12030-02-011") == "编号12030-02-011"


@pytest.mark.parametrize("text", ["扣分", "扣分。", "扣分;", "扣分。。", "扣分\uff1b"])
def test_a_sentence_ends_with_one_full_stop(text: str) -> None:
    assert sentence(text) == "扣分。"


def test_nothing_is_no_sentence() -> None:
    assert sentence("  ") == ""
