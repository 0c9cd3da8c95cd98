"""Data Docs: built in the run's folder, in Chinese, complete without a network, small."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from fundeval.core.context import RunContext
from fundeval.quality.data_docs_view import in_chinese
from quality.staged_gate import FUNDS, SOUND, changed, examined, more

LOADS = re.compile(r"""(?:src|href)\s*=\s*["'](?!#)([a-z]+:)?//|url\(|@import|<script""", re.IGNORECASE)
LARGEST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunContext]:
    """A run with a warning, an info and a check that Great Expectations finds wrong itself."""
    again = dict(SOUND["staging.vouchers"][0])
    tables = changed(vouchers=[*more("vouchers", voucher_no="V9", unit_name="乙局"), again])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNDEVAL_FUNDS", str(FUNDS))
        yield examined(tmp_path_factory.mktemp("documented"), tables)


def pages(context: RunContext) -> list[Path]:
    return sorted(context.run.data_docs.parent.rglob("*.html"))


def test_the_first_page_leads_to_every_result(documented: RunContext) -> None:
    index = documented.run.data_docs
    text = index.read_text(encoding="utf-8")
    results = [page for page in pages(documented) if "validations" in page.parts]
    assert results
    assert all(page.relative_to(index.parent).as_posix() in text for page in results)


def test_no_page_loads_anything_from_elsewhere(documented: RunContext) -> None:
    loads = [(page.name, LOADS.findall(page.read_text(encoding="utf-8"))) for page in pages(documented)]
    assert [each for each in loads if each[1]] == []


def test_every_link_leads_to_a_page_that_is_there(documented: RunContext) -> None:
    for page in pages(documented):
        for target in re.findall(r'href="([^"#]+)"', page.read_text(encoding="utf-8")):
            assert (page.parent / target).resolve().is_file(), (page.name, target)


def test_the_site_is_small_and_holds_nothing_but_pages(documented: RunContext) -> None:
    files = [path for path in documented.run.data_docs.parent.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".html"}
    assert sum(path.stat().st_size for path in files) < LARGEST_BYTES


def test_a_result_names_rule_severity_and_count_in_chinese(documented: RunContext) -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in pages(documented))
    assert "支付单位不是建设单位(警示,unit_unknown)" in text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
    # Both rows of the voucher that comes twice are counted.
    assert "凭证重复导出(提示,voucher_repeated):同一凭证重复导出,只计一次。 2 " in words
    assert not re.search(r"(?<!Great )Expectation|Observed|Succeeded|unexpected|Data Docs", text)


@pytest.mark.browser
def test_a_browser_asks_for_nothing_but_the_page(documented: RunContext) -> None:
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(documented.run.data_docs.as_uri())
        page.get_by_role("link", name="逐行规则(计算之后)").first.click()
        page.get_by_text("申请超过预算").first.wait_for()
        browser.close()
    assert len(asked) == 2
    assert all(url.startswith("file:") for url in asked)


def test_only_texts_of_great_expectations_are_translated() -> None:
    page = "<td>Status</td><td>State of Status quo</td><td>voucher_no</td><p>37.5% not null</p>"
    assert in_chinese(page, {"voucher_no": "凭证号"}) == (
        "<td>结果</td><td>State of Status quo</td><td>凭证号</td><p>有值 37.5%</p>"
    )
