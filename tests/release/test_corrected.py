"""A report tells what its release corrects against the newest one that differs; the same content corrects nothing."""

from __future__ import annotations

import json
from pathlib import Path

import docx

from fundeval.core.context import RunContext
from fundeval.release.dataset import draft_folder
from fundeval.release.publish import publish
from release.invented import make_draft
from release.test_publish import corrected_tables


def corrections(context: RunContext) -> dict | None:
    path = draft_folder(context) / "corrections.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def test_a_corrected_release_tells_what_it_corrects_in_its_report(tmp_path: Path) -> None:
    first = make_draft(tmp_path, "first")
    assert corrections(first) is None
    publish(first)
    second = make_draft(tmp_path, "second", corrected_tables())
    assert corrections(second) == {
        "version": 1,
        "changes": [
            "《计划.xlsx》已更换",
            "累计支付由1200000.00元更正为1199000.00元",
            "结转由400000.00元更正为401000.00元",
            "预算执行率由75.00%更正为74.94%",
            "分月支付:修改1行",
            "项目情况:修改1行",
            "单位汇总:修改1行",
        ],
    }
    release = Path(publish(second)["release"])
    text = "\n".join(one.text for one in docx.Document(str(release / "report" / "report.docx")).paragraphs)
    assert "与第1版发布的结果相比" in text
    assert "2.累计支付由1200000.00元更正为1199000.00元" in text

    # A run that is cleared after it published comes to the same draft, another run of the same files likewise.
    assert corrections(make_draft(tmp_path, "second", corrected_tables())) == corrections(second)
    assert corrections(make_draft(tmp_path, "third", corrected_tables())) == corrections(second)


def test_the_same_content_corrects_nothing(tmp_path: Path) -> None:
    publish(make_draft(tmp_path, "first"))
    again = make_draft(tmp_path, "again")
    assert corrections(again) is None
