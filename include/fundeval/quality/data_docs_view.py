"""The classes Great Expectations renders a run's Data Docs by: pages that load nothing, in Chinese.

Its own pages take scripts, styles, fonts and a logo from a dozen servers and show next to nothing where those cannot
be reached. Templates of the same names stand before its own here; what they do not replace is used as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from great_expectations.render.view.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import BytecodeCache, ChoiceLoader, FileSystemLoader
from jinja2.bccache import Bucket

_TEMPLATES = Path(__file__).parent / "data_docs_templates"
# Columns of the first page that say something about a run.
_SHOWN_FIELDS = ("validation_success", "run_time", "asset_name", "expectation_suite_name")
# The few fixed texts of its renderers; the sentence of each check is Chinese already.
_ZH = {
    "Actions": "操作",
    "Asset Name": "检查对象",
    "Data Docs": "质量检查说明",
    "Evaluated Expectations": "检查数",
    "Expectation": "检查",
    "Expectation Suite": "检查清单",
    "Expectation Suite:": "检查清单:",
    "Expectation Suites": "检查清单",
    "Expectation Suite Name": "清单名称",
    "Failed": "不通过",
    "Great Expectations Version": "Great Expectations 版本",
    "Info": "信息",
    "Notes": "说明",
    "Observed Value": "查出",
    "Overview": "概况",
    "Run Time": "检查时间",
    "Statistics": "统计",
    "Status": "结果",
    "Status:": "结果:",
    "Succeeded": "通过",
    "Success Percent": "通过率",
    "Successful Expectations": "通过",
    "Table-Level Expectations": "整表检查",
    "Unsuccessful Expectations": "不通过",
    "Validation Results": "检查结果",
}
# The same for texts with a number in them.
_ZH_PATTERNS = (
    (
        re.compile(r"([\d,]+) unexpected values? found\. (\S+%) of ([\d,]+) total rows\."),
        r"\3行中有\1行不符(\2)。",
    ),
    (re.compile(r"(\S+%) unexpected"), r"不符 \1"),
    (re.compile(r"(\S+%) not null"), r"有值 \1"),
    (re.compile(r"Data asset: "), "检查对象:"),
    (
        re.compile(
            r"This Expectation suite currently contains (\d+) total Expectations across (\d+) columns\."
        ),
        r"共\1项检查,单独涉及\2列。",
    ),
)
_TEXT = re.compile(r"(?<=>)([^<>]+)(?=<)")


def in_chinese(page: str, titles: Mapping[str, str]) -> str:
    """Return a page with the fixed English texts of Great Expectations in Chinese.

    Args:
        page: The page as HTML.
        titles: Chinese names of tables and columns.
    """
    words = {**titles, **_ZH}

    def translated(match: re.Match[str]) -> str:
        text = match.group(1)
        for pattern, chinese in _ZH_PATTERNS:
            text = pattern.sub(chinese, text)
        name = text.strip().removeprefix("检查对象:")
        return text.replace(name, words[name]) if name in words else text

    return _TEXT.sub(translated, page)


class _Compiled(BytecodeCache):
    """Templates as compiled in this process: each page has a view of its own, which would compile them anew."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template the code it was compiled to before, where its text is still the same."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Remember the code of a template."""
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def compile_templates() -> None:
    """Compile every template of the pages, so that a process forked from this one need not."""
    for view in (OfflinePageView({}), OfflineIndexView({})):
        for name in view.env.list_templates(extensions=["j2"]):
            view.env.get_template(name)


class _Offline:
    """Puts the templates of this project before those of Great Expectations."""

    env: Any

    def __init__(self, titles: Mapping[str, str], **options: Any) -> None:
        """Look for templates here first; ``options`` are what the site builder sets."""
        super().__init__(**options)
        self._titles = titles
        self.env.loader = ChoiceLoader([FileSystemLoader(_TEMPLATES), self.env.loader])
        self.env.bytecode_cache = _COMPILED
        self.env.globals["shown_fields"] = _SHOWN_FIELDS

    def render(self, document: Any, template: Any = None, **values: Any) -> str:
        """Return the page of a document."""
        page: str = super().render(document, template, **values)  # type: ignore[misc]
        return in_chinese(page, self._titles)


class OfflinePageView(_Offline, DefaultJinjaPageView):
    """A page about one suite or its results."""


class OfflineIndexView(_Offline, DefaultJinjaIndexPageView):
    """The first page, which lists suites and results."""
