"""The web edition: one file that opens offline, says the same as Word, and leads from every figure to its row."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from fundeval.report import write_report
from report import years
from report.conftest import EVERY_YEAR, Written
from report.datasets import write_dataset

Write = Callable[[str], Written]
CHROMIUM = Path("/usr/bin/chromium")
VOID = {"meta", "input", "br", "path", "rect", "use", "line"}


class Parsed(HTMLParser):
    """Identifiers, links, tags and visible text of a page; unbalanced tags fail."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.identifiers: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self._open.append(tag)
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.identifiers.append(value or "")
            if tag == "a" and name == "href":
                self.links.append((dict(attrs).get("class") or "", value or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] not in (["style"], ["script"]):
            self.text.append(data)


def source(report: Written) -> str:
    return (report.folder / "report.html").read_text("utf-8")


@pytest.fixture(params=EVERY_YEAR)
def page(request: pytest.FixtureRequest, written: Write) -> Parsed:
    return Parsed(source(written(request.param)))


def test_every_link_leads_somewhere_in_the_page(page: Parsed) -> None:
    assert page.links
    missing = [target for _, target in page.links if target.removeprefix("#") not in set(page.identifiers)]
    assert missing == []
    assert all(target.startswith("#") for _, target in page.links)


def test_no_identifier_is_used_twice(page: Parsed) -> None:
    assert [name for name, count in Counter(page.identifiers).items() if count > 1] == []


def test_nothing_is_loaded_from_anywhere(page: Parsed) -> None:
    loading = [
        (tag, name, value)
        for tag, name, value in page.attributes
        if name in {"src", "srcset", "action", "data", "poster"} or (tag == "link" and name == "href")
    ]
    assert loading == []
    policy = next(value for tag, name, value in page.attributes if tag == "meta" and "default-src" in value)
    assert policy.startswith("default-src 'none'")


def test_addresses_occur_only_as_names_of_xml_vocabularies(written: Write) -> None:
    found = set(re.findall(r"https?://[^\"'<> ]+", source(written("everything_found"))))
    assert found <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_page_says_what_the_word_file_says(written: Write) -> None:
    for name in ("everything_found", "tiny"):
        report = written(name)
        shown = re.sub(r"\s+", "", "".join(Parsed(source(report)).text))
        for paragraph in report.docx.paragraphs:
            assert re.sub(r"\s+", "", paragraph.text) in shown
        for table in report.docx.tables:
            for cell in {cell.text for row in table.rows for cell in row.cells}:
                assert re.sub(r"\s+", "", cell) in shown


def test_charts_are_drawn_in_the_page_with_their_words_searchable(written: Write) -> None:
    parsed = Parsed(source(written("everything_found")))
    assert parsed.tags["svg"] == 5
    assert "各实施单位公开项目资金下达与支付" in "".join(parsed.text)
    assert "市审计局" in "".join(parsed.text)


def test_names_that_look_like_markup_are_text(written: Write) -> None:
    page = source(written("hostile"))
    parsed = Parsed(page)
    assert parsed.tags["script"] == 1
    assert "<script>alert(1)</script>" in "".join(parsed.text)
    assert "<b>网站</b>" in "".join(parsed.text)
    assert parsed.tags["b"] == 0


@pytest.mark.parametrize(
    ("figure", "row"),
    [
        ("300.2499", "metric-paid"),
        ("92.37", "metric-score"),
        ("2.13", "indicator-B12"),
        ("81%", "metric-satisfaction_rate"),
        ("250", "month-11"),
        ("60.25", "project-CLASSIFIED"),
        ("900.5", "service-1"),
    ],
)
def test_a_figure_leads_to_the_row_it_was_taken_from(written: Write, figure: str, row: str) -> None:
    page = source(written("everything_found"))
    assert f'<a class="figure-link" href="#{row}">{figure}</a>' in page
    assert f'<tr id="{row}">' in page


def rows_of(page: str) -> Iterator[tuple[str, str]]:
    for row in re.finditer(r'<tr id="([^"]+)">(.*?)</tr>', page, re.DOTALL):
        yield row[1], row[2]


def test_a_finding_s_row_names_file_sheet_and_row(written: Write) -> None:
    rows = dict(rows_of(source(written("everything_found"))))
    for value in ("emall_bypassed", "项目实施进度.xlsx", "实施进度", "<td>6</td>", 'href="#indicator-B22"'):
        assert value in rows["finding-3"]


def test_an_indicator_leads_to_the_findings_it_lost_points_for(written: Write) -> None:
    rows = dict(rows_of(source(written("everything_found"))))
    assert re.findall(r'href="#(finding-\d+)"', rows["indicator-C31"]) == ["finding-8", "finding-9"]
    assert "href" not in rows["indicator-A11"]


def test_a_rate_s_row_has_numerator_denominator_and_definition(written: Write) -> None:
    row = dict(rows_of(source(written("everything_found"))))["metric-execution_rate"]
    for value in ("81.09", "3002499", "3702500", "execution_rate的口径说明。"):
        assert f"<td>{value}" in row


def test_columns_have_the_titles_of_the_dataset_s_own_description(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "dataset", years.tiny().tables())
    field: dict[str, Any] = {"name": "paid", "title": "支付金额(元)"}
    package = {"resources": [{"name": "months", "title": "分月支付表", "schema": {"fields": [field]}}]}
    (dataset / "datapackage.json").write_text(json.dumps(package), "utf-8")
    write_report(dataset, tmp_path / "report", years.notes())
    page = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert "<th>支付金额(元)</th>" in page
    assert "分月支付表" in page


@pytest.fixture(scope="module")
def browser_page(written: Write) -> Iterator[Page]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        context = browser.new_context(offline=True)
        opened = context.new_page()
        failures: list[str] = []
        opened.on("pageerror", lambda error: failures.append(str(error)))
        opened.on(
            "console", lambda message: failures.append(message.text) if message.type == "error" else None
        )
        opened.goto((written("everything_found").folder / "report.html").as_uri())
        yield opened
        browser.close()
        assert failures == []


@pytest.mark.browser
def test_a_search_finds_text_whatever_its_width_and_shows_it(browser_page: Page) -> None:
    browser_page.fill("#query", "清溪项目 002")
    assert re.fullmatch(r"找到 [1-9]\d* 处", browser_page.inner_text("#found"))
    browser_page.locator("#results a").first.click()
    assert browser_page.locator(".hit").count() == 1
    assert "清溪项目002" in browser_page.locator(".hit").inner_text()
    browser_page.fill("#query", "没有这样的词")
    assert browser_page.inner_text("#found") == "找到 0 处"
    assert browser_page.locator("#results a").count() == 0


@pytest.mark.browser
def test_a_click_on_a_figure_opens_its_row(browser_page: Page) -> None:
    row = browser_page.locator("#metric-paid")
    assert not row.is_visible()
    browser_page.locator('a.figure-link[href="#metric-paid"]').first.click()
    row.wait_for(state="visible")
    assert "3002499.00" in row.inner_text()
